/** Several cases in sequence: what needs attention in each, and the decision with its reason, one after another. */
import { useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useCase, useService } from "../api/queries";
import type { CaseView, JsonObject, Offer } from "../api/types";
import { FormContext } from "../form/context";
import { SignedIn, StatusTag, Trail } from "../parts/bits";
import { ActionForm } from "../parts/CaseActions";
import { Card } from "../parts/Card";
import { DueTag } from "../parts/DueTag";
import { Empty, Failed, Loading } from "../parts/states";
import { Why } from "../parts/Why";
import { useSpeech, useTitle } from "../text";

export default function Review() {
  const { t } = useSpeech();
  return <SignedIn>{(me) => (me.account.kind === "officer" ? <Sequence /> : <div className="wrap page narrow"><div className="notice"><p>{t.desk.officerOnly}</p></div></div>)}</SignedIn>;
}

const REASON_CHARS_MAX = 500;

function Sequence() {
  const { t } = useSpeech();
  const [params, setParams] = useSearchParams();
  const ids = (params.get("cases") ?? "").split(",").filter(Boolean);
  const asked = Number(params.get("n") ?? 1) - 1;
  const at = Number.isInteger(asked) ? Math.min(Math.max(asked, 0), Math.max(ids.length - 1, 0)) : 0;
  const [done, setDone] = useState<ReadonlyMap<string, string>>(new Map());
  const [shared, setShared] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(t.bulk.title);
  const go = (to: number) => {
    setParams((old) => { old.set("n", String(to + 1)); return old; }, { replace: true });
    setTimeout(() => heading.current?.focus());
  };
  const decided = (id: string, words: string) => {
    const next = new Map(done).set(id, words);
    setDone(next);
    const left = ids.findIndex((other) => !next.has(other));
    if (left >= 0) go(left);
  };
  if (ids.length === 0) return <div className="wrap page"><Empty title={t.bulk.empty} text={t.bulk.emptyText}><Link className="button button-primary" to="/desk">{t.bulk.back}</Link></Empty></div>;
  return (
    <div className="wrap page">
      <Trail items={[{ to: "/desk", text: t.nav.desk }, { text: t.bulk.title }]} />
      <h1>{t.bulk.title}</h1>
      <p className="lead">{t.bulk.lead}</p>
      <div className="panel">
        <label className="field-label" htmlFor="shared">{t.bulk.shared}</label>
        <p className="field-help" id="shared-help">{t.bulk.sharedHelp}</p>
        <textarea id="shared" className="input" rows={2} maxLength={REASON_CHARS_MAX} aria-describedby="shared-help" value={shared} onChange={(e) => setShared(e.target.value)} />
      </div>
      <p role="status"><strong>{t.bulk.progress(done.size, ids.length)}</strong></p>
      <progress className="bar" max={ids.length} value={done.size} aria-label={t.bulk.title} />
      <div className="section-head">
        <h2 ref={heading} tabIndex={-1}>{t.bulk.position(at + 1, ids.length)}</h2>
        <p className="row">
          <button type="button" className="button" disabled={at === 0} onClick={() => go(at - 1)}>{t.bulk.previous}</button>
          <button type="button" className="button" disabled={at >= ids.length - 1} onClick={() => go(at + 1)}>{t.bulk.next}</button>
        </p>
      </div>
      <One key={ids[at]} id={ids[at]!} shared={shared} done={done.get(ids[at]!)} onDone={(words) => decided(ids[at]!, words)} />
      <p><Link to="/desk">{t.bulk.back}</Link></p>
    </div>
  );
}

function One({ id, shared, done, onDone }: { id: string; shared: string; done: string | undefined; onDone: (words: string) => void }) {
  const { t, pick } = useSpeech();
  const { data: view, error, isPending, refetch } = useCase(id);
  const { data: service } = useService(view?.service ?? "");
  if (isPending) return <Loading />;
  if (error && !view) return <Failed error={error} onRetry={() => void refetch()} />;
  const worth = view.findings.filter((f) => f.outcome !== "pass");
  return (
    <article className="review" aria-labelledby="review-title">
      <div className="panel">
        <h3 id="review-title" className="case-title"><span lang="zh-CN">{view.title || t.cases.untitled}</span> <StatusTag line={view} />{view.due && !view.closed && <DueTag due={view.due} />}</h3>
        <p className="muted">{pick(service?.text?.name)} · <span className="code">{view.id}</span> · <Link to={`/cases/${view.id}`}>{t.bulk.open}</Link></p>
        <h4>{t.bulk.attention}</h4>
        {worth.length > 0 ? <Why findings={worth} text={service?.text} /> : <p className="muted">{view.findings.length > 0 ? t.bulk.clean : t.case.whyNone}</p>}
        {view.card && Object.keys(view.card).length > 0 && (
          <details>
            <summary>{t.case.details}</summary>
            <FormContext.Provider value={{ slug: view.service, text: service?.text, faults: [], data: {} }}><Card card={view.card} text={service?.text} /></FormContext.Provider>
          </details>
        )}
      </div>
      <div className="panel panel-actions">
        <h3>{t.bulk.decide}</h3>
        {done ? <p className="notice notice-good">{t.bulk.decided}{t.colon}{done}</p> : <Decide view={view} shared={shared} text={service?.text} onDone={onDone} />}
      </div>
    </article>
  );
}

/** The shared reason goes into a field called so, if the form has one. */
const firstOf = (action: Offer, shared: string): JsonObject => (shared.trim() && action.schema.properties?.["reason"] ? { reason: shared.trim() } : {});

function Decide({ view, shared, text, onDone }: { view: CaseView; shared: string; text: Parameters<typeof ActionForm>[0]["text"]; onDone: (words: string) => void }) {
  const { t, pick } = useSpeech();
  const [chosen, choose] = useState<string | null>(null);
  const action = view.actions.find((a) => a.name === chosen) ?? (view.actions.length === 1 ? view.actions[0] : undefined);
  if (view.actions.length === 0) return <p className="muted">{t.bulk.nothing}</p>;
  return (
    <>
      {view.actions.length > 1 && (
        <p className="row">
          {view.actions.map((a) => <button key={a.name} type="button" className="button" aria-pressed={a === action} onClick={() => choose(a.name)}>{pick(a.text) || a.name}</button>)}
        </p>
      )}
      {action && <ActionForm key={`${action.name}/${shared}`} view={view} action={action} text={text} first={firstOf(action, shared)} onDone={() => onDone(pick(action.text) || action.name)} />}
    </>
  );
}
