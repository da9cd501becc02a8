/** The matters that a case is made of: one of each authority, with its state and the hours it took. */
import { Link } from "react-router";
import type { CaseView } from "../api/types";
import { hoursOf } from "../lib/due";
import { useSpeech } from "../text";
import { DueTag } from "./DueTag";

export function Links({ view }: { view: CaseView }) {
  const { t, pick } = useSpeech();
  const { links } = view;
  if (links.length === 0) return null;
  const several = links.length > 1;
  const title = several ? t.links.title : t.links.one;
  return (
    <section className="panel" aria-labelledby="links-title">
      <div className="panel-head"><h2 id="links-title">{title}</h2>{several && <span className="muted">{t.links.done(links.filter((l) => l.closed).length, links.length)}</span>}</div>
      {several && <p className="muted">{t.links.lead}</p>}
      <table className="table cards">
        <caption className="sr-only">{title}</caption>
        <thead><tr><th scope="col">{t.links.matter}</th><th scope="col">{t.links.agency}</th><th scope="col">{t.links.status}</th><th scope="col">{t.links.elapsed}</th></tr></thead>
        <tbody>
          {links.map((link) => (
            <tr key={link.case}>
              <th scope="row" data-label={t.links.matter}><Link to={`/cases/${link.case}`}>{pick(link.service_name) || link.service}</Link></th>
              <td data-label={t.links.agency}>{pick(link.agency)}</td>
              <td data-label={t.links.status}><span className="row row-tight"><span className={`tag tag-${link.closed ? "good" : "busy"}`}>{pick(link.status_text)}</span>{link.due && !link.closed && <DueTag due={link.due} />}</span></td>
              <td data-label={t.links.elapsed} className="figure">{link.spent_seconds !== undefined ? t.links.hours(hoursOf(link.spent_seconds)) : link.closed ? t.figures.none : t.links.running}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
