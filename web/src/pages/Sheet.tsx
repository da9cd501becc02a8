/** The case sheet (办件单): everything of a case on paper. */
import { useParams } from "react-router";
import { useCase, useEvents, useService, useServiceLine } from "../api/queries";
import type { CaseView, ServiceText } from "../api/types";
import { FormContext } from "../form/context";
import { dateTime } from "../lib/dates";
import { Card } from "../parts/Card";
import { dueTitle } from "../parts/DueTag";
import { SignedIn, StatusTag, Time, Trail } from "../parts/bits";
import { Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

export default function Sheet() {
  return <SignedIn>{() => <Page />}</SignedIn>;
}

function Page() {
  const { id = "" } = useParams();
  const { t, lang, pick } = useSpeech();
  const { data: view, error, isPending, refetch } = useCase(id);
  const { data: service } = useService(view?.service ?? "");
  const listed = useServiceLine(view?.service ?? "");
  useTitle(t.sheet.title);
  if (isPending) return <Loading />;
  if (error && !view) return <div className="wrap page"><Failed error={error} onRetry={() => void refetch()} /></div>;
  const rows: [string, React.ReactNode][] = [
    [t.receipt.number, <span className="code">{view.id}</span>],
    [t.receipt.service, pick(listed?.line.name) || view.service],
    [t.guide.agency, pick(listed?.line.agency)],
    [t.receipt.what, <span lang="zh-CN">{view.title}</span>],
    [t.receipt.at, <Time at={view.opened_at} />],
    [t.receipt.status, <StatusTag line={{ ...view, awaits_me: false }} />],
    ...(view.due && !view.closed ? [[t.due.label, dueTitle(view.due, t, lang)] as [string, string]] : []),
    ...(view.parties.length > 0 ? [[t.case.parties, <span lang="zh-CN">{view.parties.map((p) => p.name).join(t.listSeparator)}</span>] as [string, React.ReactNode]] : []),
  ];
  return (
    <div className="wrap page narrow sheet">
      <div className="no-print"><Trail items={[{ to: `/cases/${view.id}`, text: view.title || view.id }, { text: t.sheet.title }]} /></div>
      <div className="section-head">
        <h1>{t.sheet.title}</h1>
        <button type="button" className="button no-print" onClick={() => window.print()}>{t.sheet.print}</button>
      </div>
      <dl className="answers">{rows.map(([label, value]) => <div key={label} className="answer"><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
      {view.card && Object.keys(view.card).length > 0 && (
        <section aria-labelledby="sheet-card">
          <h2 id="sheet-card">{t.case.details}</h2>
          <FormContext.Provider value={{ slug: view.service, text: service?.text, faults: [], data: {} }}><Card card={view.card} text={service?.text} /></FormContext.Provider>
        </section>
      )}
      <Findings view={view} text={service?.text} />
      <Happened view={view} />
      <p className="muted small">{t.sheet.printed(dateTime(new Date().toISOString(), lang))}</p>
    </div>
  );
}

function Findings({ view, text }: { view: CaseView; text: Partial<ServiceText> | null | undefined }) {
  const { t, pick } = useSpeech();
  return (
    <section aria-labelledby="sheet-why">
      <h2 id="sheet-why">{t.sheet.decision}</h2>
      {view.findings.length === 0 && <p className="muted">{t.sheet.none}</p>}
      <ul className="sheet-findings">
        {view.findings.map((f, i) => (
          <li key={i}>
            <p><strong>{pick(f.element_text ?? text?.element?.[f.element])}</strong> · {t.outcome[f.outcome]}{t.colon}{pick(f.text)}</p>
            {pick(f.basis) && <p className="basis"><span>{t.case.basis}</span> {pick(f.basis)}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Happened({ view }: { view: CaseView }) {
  const { t, pick } = useSpeech();
  const { data } = useEvents(view.id, view.version);
  return (
    <section aria-labelledby="sheet-timeline">
      <h2 id="sheet-timeline">{t.case.timeline}</h2>
      <ol className="sheet-timeline">{data?.events.map((e) => <li key={e.version}><Time at={e.at} /> {pick(e.text) || e.kind}{e.actor?.name ? ` · ${e.actor.name}` : ""}</li>)}</ol>
    </section>
  );
}
