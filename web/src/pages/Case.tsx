/** A case: where it stands, for whom it waits, what can be done, what was decided and why, and what happened. */
import { CheckOutlined, CloseOutlined } from "@ant-design/icons";
import { Suspense, useState } from "react";
import { Link, useParams } from "react-router";
import { useCase, useEvents, useService } from "../api/queries";
import type { CaseEvent, CaseView } from "../api/types";
import { FormContext } from "../form/context";
import { panelOf } from "../panels";
import { whatNext } from "../lib/next";
import { Assignments } from "../parts/Assignments";
import { CaseActions } from "../parts/CaseActions";
import { Card } from "../parts/Card";
import { dueTitle, DueTag } from "../parts/DueTag";
import { Links } from "../parts/Links";
import { Rating } from "../parts/Rating";
import { SignedIn, StatusTag, Time, Trail } from "../parts/bits";
import { Failed, Loading } from "../parts/states";
import { Why } from "../parts/Why";
import { useSpeech, useTitle } from "../text";

export default function Case() {
  const { id = "" } = useParams();
  return <SignedIn>{(me) => <Page id={id} officer={me.account.kind === "officer"} />}</SignedIn>;
}

function Page({ id, officer }: { id: string; officer: boolean }) {
  const { t, lang, pick } = useSpeech();
  const { data: view, error, isPending, refetch } = useCase(id);
  const { data: service } = useService(view?.service ?? "");
  useTitle(view?.title ?? "");
  if (isPending) return <Loading />;
  if (error && !view) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
  const Panel = panelOf(view.service);
  const current = view.steps.find((s) => s.state === "current");
  const agency = pick(service?.agency);
  return (
    <>
      <div className="band">
        <div className="wrap">
          <Trail items={[officer ? { to: "/desk", text: t.nav.desk } : { to: "/cases", text: t.nav.cases }, { text: view.title || view.id }]} />
          <p className="eyebrow">{pick(service?.text?.name)}</p>
          <h1 className="case-title"><span lang="zh-CN">{view.title || t.cases.untitled}</span> <StatusTag line={view} /></h1>
          <p className="muted">{t.cases.number} <span className="code">{view.id}</span> · {t.cases.opened} <Time at={view.opened_at} /> · <Link to={`/cases/${view.id}/sheet`}>{t.sheet.open}</Link></p>
          <Steps view={view} />
          <p className="next" role="status">{view.due && !view.closed && <DueTag due={view.due} />} <span><strong>{t.next.title}</strong>{t.colon}{whatNext(view, t, pick(current?.text), agency)}</span></p>
          {view.due && !view.closed && <p className="hint">{dueTitle(view.due, t, lang)}</p>}
        </div>
      </div>
      <div className="wrap page case-page">
        <div className="case-left">
          <CaseActions view={view} text={service?.text} />
          <Links view={view} />
          {Panel && <Suspense fallback={<Loading />}><Panel view={view} /></Suspense>}
          {view.findings.length > 0 && (
            <section className="panel" aria-labelledby="why-title">
              <div className="panel-head"><h2 id="why-title">{t.case.why}</h2></div>
              <p className="muted">{t.case.whyLead}</p>
              <Why findings={view.findings} text={service?.text} />
            </section>
          )}
          {view.card && Object.keys(view.card).length > 0 && (
            <section className="panel" aria-labelledby="card-title">
              <div className="panel-head"><h2 id="card-title">{t.case.details}</h2></div>
              <FormContext.Provider value={{ slug: view.service, text: service?.text, faults: [], data: {} }}><Card card={view.card} text={service?.text} /></FormContext.Provider>
            </section>
          )}
        </div>
        <div className="case-right">
          {view.parties.length > 0 && (
            <section className="panel" aria-labelledby="parties-title">
              <div className="panel-head"><h2 id="parties-title">{t.case.parties}</h2></div>
              <ul className="parties">
                {view.parties.map((p, i) => <li key={i}><span lang="zh-CN">{p.name}</span>{p.awaited && <span className="tag tag-mine">{t.case.awaited}</span>}</li>)}
              </ul>
            </section>
          )}
          <Timeline view={view} />
          {officer ? <Assignments id={view.id} /> : <Rating id={view.id} closed={view.closed} />}
        </div>
      </div>
    </>
  );
}

function Steps({ view }: { view: CaseView }) {
  const { t, pick } = useSpeech();
  if (view.steps.length === 0) return null;
  return (
    <ol className="steps" aria-label={t.case.progress}>
      {view.steps.map((s, i) => (
        <li key={s.name} className={`step step-${s.state}`} aria-current={s.state === "current" ? "step" : undefined}>
          <span className="step-dot">{s.state === "done" ? <CheckOutlined aria-hidden /> : s.state === "stopped" ? <CloseOutlined aria-hidden /> : i + 1}</span>
          <span className="step-words">{pick(s.text) || s.name}<span className="sr-only">（{t.case.stepState[s.state]}）</span>{s.at && <small><Time at={s.at} /></small>}</span>
        </li>
      ))}
    </ol>
  );
}

/** How many of the latest events are shown at first. */
const EVENTS_SHOWN = 8;

function Timeline({ view }: { view: CaseView }) {
  const { t } = useSpeech();
  const { data, error } = useEvents(view.id, view.version);
  const [all, setAll] = useState(false);
  const events = [...(data?.events ?? [])].reverse();
  return (
    <section className="panel" aria-labelledby="timeline-title">
      <div className="panel-head"><h2 id="timeline-title">{t.case.timeline}</h2></div>
      {error && !data ? <Failed error={error} /> : <ol className="timeline">{(all ? events : events.slice(0, EVENTS_SHOWN)).map((e) => <Happened key={e.version} event={e} />)}</ol>}
      {!all && events.length > EVENTS_SHOWN && <button type="button" className="link" onClick={() => setAll(true)}>{t.timeline.all(events.length)}</button>}
    </section>
  );
}

function Happened({ event }: { event: CaseEvent }) {
  const { t, pick } = useSpeech();
  const who = { person: t.case.byPerson, officer: t.case.byOfficer, system: t.case.bySystem }[event.actor?.is ?? "system"];
  return (
    <li>
      <p className="happened">{pick(event.text) || event.kind}</p>
      <p className="muted small"><Time at={event.at} /> · {event.actor?.name ? t.case.actor(event.actor.by ? t.delegations.byFor(event.actor.by, event.actor.name) : event.actor.name, who) : who}</p>
      <details className="record">
        <summary>{t.case.record}<span className="sr-only"> {t.case.version(event.version)}</span></summary>
        <pre tabIndex={0}>{JSON.stringify({ version: event.version, kind: event.kind, data: event.data }, null, 2)}</pre>
      </details>
    </li>
  );
}
