/** The matters that a case is made of: one of each authority, with its state and the hours it took. */
import { Link } from "react-router";
import { useServices } from "../api/queries";
import type { CaseLink } from "../api/portal";
import type { CaseView } from "../api/types";
import { hoursBetween } from "../lib/due";
import { useSpeech } from "../text";
import { DueTag } from "./DueTag";

export function Links({ view }: { view: CaseView }) {
  const { t, pick } = useSpeech();
  const { data } = useServices();
  const links = view.links ?? [];
  if (links.length === 0) return null;
  const listed = (slug: string) => data?.chapters.flatMap((c) => c.services).find((s) => s.slug === slug);
  const nameOf = (link: CaseLink) => pick(link.label) || pick(link.service_name) || pick(listed(link.service)?.name) || link.service;
  const hours = (link: CaseLink) => hoursBetween(link.opened_at ?? view.opened_at, link.closed ? (link.updated_at ?? view.updated_at) : new Date().toISOString());
  return (
    <section className="panel" aria-labelledby="links-title">
      <div className="panel-head"><h2 id="links-title">{t.links.title}</h2><span className="muted">{t.links.done(links.filter((l) => l.closed).length, links.length)}</span></div>
      <p className="muted">{t.links.lead}</p>
      <table className="table cards">
        <caption className="sr-only">{t.links.title}</caption>
        <thead><tr><th scope="col">{t.links.matter}</th><th scope="col">{t.links.agency}</th><th scope="col">{t.links.status}</th><th scope="col">{t.links.elapsed}</th></tr></thead>
        <tbody>
          {links.map((link) => (
            <tr key={link.case}>
              <th scope="row" data-label={t.links.matter}><Link to={`/cases/${link.case}`}>{nameOf(link)}</Link></th>
              <td data-label={t.links.agency}>{pick(link.agency ?? listed(link.service)?.agency) || t.figures.none}</td>
              <td data-label={t.links.status}><span className="row row-tight"><span className={`tag tag-${link.closed ? "good" : "busy"}`}>{pick(link.status_text)}</span>{link.due && !link.closed && <DueTag due={link.due} />}</span></td>
              <td data-label={t.links.elapsed} className="figure">{t.links.hours(hours(link))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
