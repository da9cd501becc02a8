/** The queue as a table; on a phone each row becomes a card. */
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useServices } from "../api/queries";
import type { DeskLine } from "../api/portal";
import { useSpeech } from "../text";
import { StatusTag, Time } from "./bits";
import { DueTag } from "./DueTag";

interface Props {
  lines: DeskLine[];
  /** The reader's account. */
  me: string;
  chosen: ReadonlySet<string>;
  onPick: (id: string) => void;
  onPickAll: (all: boolean) => void;
}

export function DeskTable({ lines, me, chosen, onPick, onPickAll }: Props) {
  const { t, pick } = useSpeech();
  const { data } = useServices();
  const nameOf = (slug: string) => pick(data?.chapters.flatMap((c) => c.services).find((s) => s.slug === slug)?.name) || slug;
  const some = lines.some((l) => chosen.has(l.id));
  const all = lines.every((l) => chosen.has(l.id));
  const head = useRef<HTMLInputElement>(null);
  useEffect(() => { if (head.current) head.current.indeterminate = some && !all; }, [some, all]);
  return (
    <table className="table cards">
      <caption className="sr-only">{t.desk.lead}</caption>
      <thead>
        <tr>
          <th scope="col" className="cell-pick"><input ref={head} type="checkbox" checked={all} aria-label={t.queue.pickAll} onChange={(e) => onPickAll(e.target.checked)} /></th>
          <th scope="col">{t.queue.due}</th>
          <th scope="col">{t.queue.matter}</th>
          <th scope="col">{t.queue.status}</th>
          <th scope="col">{t.queue.who}</th>
          <th scope="col">{t.cases.updated}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.id} className={chosen.has(line.id) ? "picked" : undefined}>
            <td className="cell-pick"><input type="checkbox" checked={chosen.has(line.id)} aria-label={t.queue.pick(line.title || line.id)} onChange={() => onPick(line.id)} /></td>
            <td data-label={t.queue.due}>{line.due ? <DueTag due={line.due} /> : <span className="muted">{t.due.none}</span>}</td>
            <th scope="row" className="cell-main">
              <Link to={`/cases/${line.id}`} data-case={line.id} lang="zh-CN">{line.title || t.cases.untitled}</Link>
              <span className="muted small">{nameOf(line.service)}</span>
            </th>
            <td data-label={t.queue.status}>
              <span className="row row-tight"><StatusTag line={{ ...line, awaits_me: false }} />{line.awaits_me && <span className="tag tag-mine">{t.cases.awaitsMe}</span>}</span>
            </td>
            <td data-label={t.queue.who}>{line.assigned ? (line.assigned.account === me ? t.queue.me : line.assigned.name) : <span className="muted">{t.queue.nobody}</span>}</td>
            <td data-label={t.cases.updated} className="figure"><Time at={line.updated_at} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
