/** The ten matters of a new taxpayer's package, each with its state; the invoices and where the parcel is. */
import type { CaseView } from "../api/types";
import { useService } from "../api/queries";
import { dateTime } from "../lib/dates";
import { useSpeech } from "../text";

interface Standing {
  is: "open" | "awaits-account" | "granted" | "rejected" | "not-asked";
  reason?: string;
}
interface Segment {
  code: string;
  first: number;
  count: number;
}
interface PackageCard {
  items?: Record<string, Standing>;
  invoices?: Record<string, Segment>;
  lost?: Segment[];
  parcel?: { courier: string; waybill: string; route: [string, string][] } | null;
}

const TAG: Record<Standing["is"], string> = { open: "busy", "awaits-account": "mine", granted: "good", rejected: "bad", "not-asked": "plain" };
const number = (n: number) => String(n).padStart(8, "0");

export default function Package({ view }: { view: CaseView }) {
  const { t, lang, pick } = useSpeech();
  const { data: service } = useService(view.service);
  const card = view.card as PackageCard;
  const named = (type: string, value: string) => pick(service?.text?.choice?.[`${type}.${value}`]) || value;
  const range = (s: Segment) => t.taxPackage.range(s.code, number(s.first), number(s.first + s.count - 1), s.count);
  return (
    <section className="panel" aria-labelledby="package-title">
      <div className="panel-head"><h2 id="package-title">{t.taxPackage.title}</h2></div>
      <table className="table cards">
        <caption className="sr-only">{t.taxPackage.title}</caption>
        <thead><tr><th scope="col">{t.taxPackage.item}</th><th scope="col">{t.taxPackage.state}</th></tr></thead>
        <tbody>
          {Object.entries(card.items ?? {}).map(([item, standing]) => (
            <tr key={item}>
              <th scope="row" data-label={t.taxPackage.item}>{named("Item", item)}</th>
              <td data-label={t.taxPackage.state}><span className={`tag tag-${TAG[standing.is]}`}>{t.taxPackage.standing[standing.is]}</span>{standing.reason && <> {standing.reason}</>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {Object.keys(card.invoices ?? {}).length > 0 && (
        <dl className="answers">
          {Object.entries(card.invoices ?? {}).map(([kind, segment]) => (
            <div className="answer" key={kind}><dt>{t.taxPackage.kinds[kind] ?? kind}</dt><dd className="code">{range(segment)}</dd></div>
          ))}
        </dl>
      )}
      {(card.lost ?? []).length > 0 && <p className="notice">{t.taxPackage.lost}<span className="code">{(card.lost ?? []).map(range).join(t.listSeparator)}</span></p>}
      {card.parcel && (
        <>
          <p><strong>{card.parcel.courier}</strong> <span className="code">{card.parcel.waybill}</span></p>
          <ol className="timeline">{card.parcel.route.map(([at, said]) => <li key={at}><p className="happened" lang="zh-CN">{said}</p><p className="muted small">{dateTime(at, lang)}</p></li>)}</ol>
        </>
      )}
    </section>
  );
}
