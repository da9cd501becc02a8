/** The officer's desk: the agency's queue by deadline, with filters that stand in the address, hand-over and review in sequence. */
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useService, useServices } from "../api/queries";
import { useDesk } from "../api/portal-queries";
import type { DeskPage } from "../api/portal";
import type { Me } from "../api/types";
import { deskQuery, keyOf, keysOn, scopeOf, turnKeys, withFilter, type Scope } from "../lib/desk";
import { SignedIn } from "../parts/bits";
import { DeskTable } from "../parts/DeskTable";
import { Dialog } from "../parts/Dialog";
import { HandOver } from "../parts/HandOver";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Desk() {
  const { t } = useSpeech();
  return (
    <SignedIn>
      {(me) => (me.account.kind === "officer" ? <Queue me={me} /> : <div className="wrap page narrow"><div className="notice"><p>{t.desk.officerOnly}</p></div></div>)}
    </SignedIn>
  );
}

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

function Queue({ me }: { me: Me }) {
  const { t } = useSpeech();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const query = useMemo(() => deskQuery(params), [params]);
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useDesk(query);
  const lines = useMemo(() => data?.pages.flatMap((p) => p.cases) ?? [], [data]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [handing, setHanding] = useState<string[] | null>(null);
  const [helping, setHelping] = useState(false);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLDivElement>(null);
  useTitle(t.desk.title);
  // What the filters no longer show is not decided unseen.
  const picked = lines.map((l) => l.id).filter((id) => chosen.has(id));
  const pick = (id: string) => setChosen((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const links = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-case]") ?? [])];
  const focused = () => links().find((l) => l === document.activeElement);
  const move = (by: 1 | -1) => {
    const all = links();
    const here = all.findIndex((l) => l === document.activeElement);
    all[here < 0 ? 0 : Math.min(Math.max(here + by, 0), all.length - 1)]?.focus();
  };
  const marked = () => (picked.length > 0 ? picked : [focused()?.dataset["case"]].filter((id) => id !== undefined));
  const review = (ids: string[]) => { if (ids.length > 0) void navigate(`/desk/review?cases=${ids.join(",")}`); };
  const handOver = (ids: string[]) => { if (ids.length > 0) setHanding(ids); };

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = document.querySelector("dialog[open]") || !keysOn() ? undefined : keyOf(event, isTyping(event.target));
      if (!key) return;
      event.preventDefault();
      const at = focused()?.dataset["case"];
      if (key === "next") move(1);
      else if (key === "previous") move(-1);
      else if (key === "pick" && at) pick(at);
      else if (key === "bulk") review(marked());
      else if (key === "hand-over") handOver(marked());
      else if (key === "filter") document.getElementById("desk-service")?.focus();
      else if (key === "help") setHelping(true);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });

  return (
    <div className="wrap page">
      <div className="section-head">
        <h1>{t.desk.title}</h1>
        <p className="row"><button type="button" className="link no-phone" onClick={() => setHelping(true)}>{t.queue.helpHint}</button> <Link to="/figures">{t.queue.figures}</Link></p>
      </div>
      <p className="lead">{t.desk.lead}</p>
      <Scopes counts={data?.pages[0]?.counts} scope={scopeOf(params)} onChoose={(scope) => setParams(withFilter(params, "scope", scope), { replace: true })} />
      <Filters />
      <p className="sr-only" role="status">{said}</p>
      {said && <p className="notice notice-good" aria-hidden>{said}</p>}
      {picked.length > 0 && (
        <div className="selection" role="group" aria-label={t.queue.picked(picked.length)}>
          <strong>{t.queue.picked(picked.length)}</strong>
          <button type="button" className="button button-primary" onClick={() => review(picked)}>{t.queue.bulk}</button>
          <button type="button" className="button" onClick={() => handOver(picked)}>{t.queue.handOver}</button>
          <button type="button" className="link" onClick={() => setChosen(new Set())}>{t.queue.unpick}</button>
        </div>
      )}
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && lines.length === 0 && <Empty title={t.desk.empty} text={t.desk.emptyText}>{params.size > 0 && <p className="row"><Link className="button" to="/desk">{t.queue.clear}</Link></p>}</Empty>}
      {lines.length > 0 && (
        <div ref={list}>
          <DeskTable lines={lines} me={me.account.id} chosen={chosen} onPick={pick} onPickAll={(all) => setChosen(new Set(all ? lines.map((l) => l.id) : []))} />
          {hasNextPage && <p className="row center"><button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t.queue.more}</button></p>}
        </div>
      )}
      {handing && <HandOver cases={handing} onClose={() => setHanding(null)} onDone={(words) => { setHanding(null); setChosen(new Set()); setSaid(words); }} />}
      {helping && <Keys onClose={() => setHelping(false)} />}
    </div>
  );
}

function Scopes({ counts, scope, onChoose }: { counts: DeskPage["counts"] | undefined; scope: Scope; onChoose: (scope: Scope) => void }) {
  const { t } = useSpeech();
  return (
    <ul className="scopes" aria-label={t.queue.show}>
      {(["open", "overdue", "mine", "unassigned"] as const).map((name) => (
        <li key={name}>
          <button type="button" className={`scope scope-${name}`} aria-pressed={scope === name} onClick={() => onChoose(name)}>
            <strong>{counts ? counts[name] : "–"}</strong> <span>{t.queue.counts[name]}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Filters() {
  const { t, pick } = useSpeech();
  const [params, setParams] = useSearchParams();
  const { data: catalogue } = useServices();
  const slug = params.get("service") ?? "";
  const { data: service } = useService(slug);
  const open = catalogue?.chapters.flatMap((c) => c.services).filter((s) => s.open) ?? [];
  const set = (name: "service" | "status" | "order", value: string) => setParams(withFilter(params, name, value), { replace: true });
  return (
    <div className="filters" role="group" aria-label={t.queue.filters}>
      <div><label htmlFor="desk-service">{t.desk.service}</label>
        <select id="desk-service" className="input" value={slug} onChange={(e) => set("service", e.target.value)}>
          <option value="">{t.desk.allServices}</option>
          {open.map((s) => <option key={s.slug} value={s.slug}>{pick(s.name)}</option>)}
        </select>
      </div>
      <div><label htmlFor="desk-status">{t.desk.status}</label>
        <select id="desk-status" className="input" value={params.get("status") ?? ""} disabled={slug === ""} onChange={(e) => set("status", e.target.value)}>
          <option value="">{t.desk.all}</option>
          {Object.entries(service?.text?.status ?? {}).map(([name, words]) => <option key={name} value={name}>{pick(words)}</option>)}
        </select>
      </div>
      <div><label htmlFor="desk-order">{t.queue.order}</label>
        <select id="desk-order" className="input" value={params.get("order") ?? ""} onChange={(e) => set("order", e.target.value)}>
          <option value="">{t.queue.byDue}</option>
          <option value="opened">{t.queue.byOpened}</option>
        </select>
      </div>
    </div>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech();
  const [on, setOn] = useState(keysOn);
  return (
    <Dialog title={t.queue.help} onClose={onClose}>
      <label className="radio tick"><input type="checkbox" checked={on} onChange={(e) => { turnKeys(e.target.checked); setOn(e.target.checked); }} /><span>{t.queue.keysOn}</span></label>
      <dl className="keys">{t.queue.keys.map(([key, words]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{words}</dd></div>)}</dl>
    </Dialog>
  );
}
