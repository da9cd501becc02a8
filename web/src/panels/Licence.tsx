/** The electronic business licence (营业执照), as it would hang on the wall; it can be printed. */
import { PrinterOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useLook, useService, useZone } from "../api/queries";
import type { Bilingual, CaseView } from "../api/types";
import { yuanOf } from "../lib/money";
import { civilDate } from "../lib/dates";
import { useSpeech } from "../text";

interface LicenceData {
  unified_code: string;
  name: string;
  kind: string;
  legal_representative: string;
  capital_fen?: number | null;
  established_on: string;
  address: string;
  scope: { code: string; name: string }[];
  registrar: Bilingual;
}

export default function Licence({ view }: { view: CaseView }) {
  const { t, lang, pick } = useSpeech();
  const { data: licence } = useLook<LicenceData>(view.id, "licence", view.version);
  const { data: service } = useService(view.service);
  const { data: zone } = useZone();
  if (!licence) return null;
  const kind = Object.entries(service?.text?.choice ?? {}).find(([key]) => key.endsWith(`.${licence.kind}`))?.[1];
  const rows: [string, string][] = [
    [t.licence.name, licence.name],
    [t.licence.kind, pick(kind) || licence.kind],
    [t.licence.representative, licence.legal_representative],
    ...(typeof licence.capital_fen === "number"
      ? [[t.licence.capital, lang === "zh" ? `人民币 ${yuanOf(licence.capital_fen)} 元` : `CNY ${yuanOf(licence.capital_fen)}`] as [string, string]]
      : []),
    [t.licence.established, civilDate(licence.established_on, lang)],
    [t.licence.address, licence.address],
    [t.licence.scope, licence.scope.map((s) => s.name).join("；")],
  ];
  return (
    <section className="licence-block" aria-labelledby="licence-title">
      <div className="licence">
        <div className="licence-inner">
          <LicenceMark />
          <h2 id="licence-title">{t.licence.title}</h2>
          <p className="licence-sub">{t.licence.duplicate}</p>
          <p className="licence-code"><span>{t.licence.code}</span><strong className="code">{licence.unified_code}</strong></p>
          <dl>{rows.map(([label, value]) => <div key={label}><dt>{label}</dt><dd lang="zh-CN">{value}</dd></div>)}</dl>
          <div className="licence-foot">
            <p className="licence-demo">{zone?.demonstration ? t.licence.demo : ""}</p>
            <p className="licence-registrar"><span>{t.licence.registrar}</span><strong>{pick(licence.registrar)}</strong><span>{civilDate(licence.established_on, lang)}</span></p>
          </div>
        </div>
      </div>
      <p className="row no-print"><Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>{t.licence.print}</Button></p>
    </section>
  );
}

/** An emblem of our own: a sail over the sea of Qianhai. No state emblem is imitated. */
const LicenceMark = () => (
  <svg className="licence-mark" viewBox="0 0 80 80" aria-hidden>
    <circle cx="40" cy="40" r="37" fill="none" stroke="currentColor" strokeWidth="2" />
    <circle cx="40" cy="40" r="32" fill="none" stroke="currentColor" strokeWidth="0.8" />
    <path d="M40 14v32H22c2-14 8-24 18-32Zm4 6c8 6 12 14 14 26H44Z" fill="currentColor" />
    <path d="M16 54c6-5 10-5 16 0s10 5 16 0 10-5 16 0M22 62c5-4 8-4 12 0s8 4 12 0 8-4 12 0" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
  </svg>
);
