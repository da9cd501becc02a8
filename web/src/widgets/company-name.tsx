/** A company's name, checked against the register while it is typed: its parts, and every rule that it meets. */
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled } from "@ant-design/icons";
import type { WidgetProps } from "@rjsf/utils";
import type { Bilingual, Outcome } from "../api/types";
import { useSpeech } from "../text";
import { useAsk, useSettled } from "./ask";
import { TextWidget } from "./plain";

interface Hit {
  rule: string;
  outcome: Outcome;
  against?: string | null;
  wording?: string | null;
  words: { text: Bilingual; basis: Bilingual };
}
interface NameCheck {
  parts?: Partial<Record<"region" | "brand" | "industry" | "form", string | null>>;
  free?: boolean;
  hits?: Hit[];
  down?: string;
}

/** A name has at least a brand of two characters and a form; before that there is nothing to ask. */
const NAME_CHARACTERS_MIN = 4;
const HITS_SHOWN_MAX = 6;

export function CompanyNameWidget(props: WidgetProps) {
  const name = useSettled(typeof props.value === "string" ? props.value.trim() : "");
  return (
    <div>
      <TextWidget {...props} />
      <div aria-live="polite">{[...name].length >= NAME_CHARACTERS_MIN && <Checked name={name} />}</div>
    </div>
  );
}

function Checked({ name }: { name: string }) {
  const { t, pick } = useSpeech();
  const { data, isFetching, error } = useAsk<NameCheck>("check-name", { name });
  if (isFetching) return <p className="hint">{t.name.checking}</p>;
  if (error || data?.down !== undefined) return <p className="hint hint-warn">{t.name.down}</p>;
  if (!data) return null;
  const hits = data.hits ?? [];
  const verdict = data.free === false ? "block" : hits.length > 0 ? "warn" : "pass";
  const Icon = { block: CloseCircleFilled, warn: ExclamationCircleFilled, pass: CheckCircleFilled }[verdict];
  const parts = (["region", "brand", "industry", "form"] as const).filter((p) => data.parts?.[p]);
  return (
    <div className={`name-check outcome-${verdict}`}>
      <p className="name-verdict"><Icon aria-hidden /> {{ block: t.name.taken, warn: t.name.warn, pass: t.name.free }[verdict]}</p>
      {parts.length > 0 && (
        <dl className="name-parts" aria-label={t.name.partsTitle}>
          {parts.map((p) => <div key={p}><dt>{t.name.parts[p]}</dt><dd lang="zh-CN">{data.parts?.[p]}</dd></div>)}
        </dl>
      )}
      {hits.length > 0 && (
        <ul className="name-hits">
          {hits.slice(0, HITS_SHOWN_MAX).map((hit, i) => (
            <li key={i}>
              <span>{pick(hit.words.text)}</span>
              {hit.against && <span className="muted"> {t.name.against}{t.colon}<span lang="zh-CN">{hit.against}</span></span>}
              <span className="basis">{pick(hit.words.basis)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
