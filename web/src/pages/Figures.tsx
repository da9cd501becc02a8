/** Figures for officers: filed, decided, time taken and overdue, by service, agency or chapter, as charts and as tables. */
import { lazy, Suspense, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { FIGURE_GROUPS, type FigureGroup, type FigureRow, type Figures as Data } from "../api/portal";
import { useFigures } from "../api/portal-queries";
import { busy, dailyChart, openChart, timesChart, totals, type ChartWords } from "../lib/charts";
import { useLarge } from "../lib/large";
import { dateOr, everyDay, lastDays } from "../lib/range";
import { SignedIn } from "../parts/bits";
import { Empty, Failed, Loading } from "../parts/states";
import { useSpeech, useTitle } from "../text";

const Chart = lazy(() => import("../parts/Chart"));
const SPANS = [7, 30, 90];
/** Height of a row of bars, and of what stands around them, in pixels at normal text size. */
const ROW_PX = 56;
const FRAME_PX = 90;

export default function Figures() {
  const { t } = useSpeech();
  return <SignedIn>{(me) => (me.account.kind === "officer" ? <Page /> : <div className="wrap page narrow"><div className="notice"><p>{t.desk.officerOnly}</p></div></div>)}</SignedIn>;
}

function Page() {
  const { t } = useSpeech();
  const [params, setParams] = useSearchParams();
  const usual = lastDays(30, new Date());
  const from = dateOr(params.get("from"), usual.from);
  const to = dateOr(params.get("to"), usual.to);
  const by = FIGURE_GROUPS.find((g) => g === params.get("by")) ?? "service";
  const { data, error, isPending, refetch } = useFigures(by, from, to);
  useTitle(t.figures.title);
  const set = (change: Record<string, string>) => setParams((old) => {
    for (const [name, value] of Object.entries(change)) old.set(name, value);
    return old;
  }, { replace: true });
  return (
    <div className="wrap page">
      <h1>{t.figures.title}</h1>
      <p className="lead">{t.figures.lead}</p>
      <Controls by={by} from={from} to={to} onSet={set} />
      {from > to && <p className="notice notice-bad" role="alert">{t.figures.badRange}</p>}
      {isPending && <Loading />}
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {data && (busy(data.rows).length > 0 ? <Shown data={data} by={by} from={from} to={to} /> : <Empty title={t.figures.empty} text={t.figures.emptyText} />)}
    </div>
  );
}

function Controls({ by, from, to, onSet }: { by: FigureGroup; from: string; to: string; onSet: (change: Record<string, string>) => void }) {
  const { t } = useSpeech();
  return (
    <div className="filters" role="group" aria-label={t.figures.range}>
      <div><label htmlFor="figures-by">{t.figures.by}</label>
        <select id="figures-by" className="input" value={by} onChange={(e) => onSet({ by: e.target.value })}>{FIGURE_GROUPS.map((g) => <option key={g} value={g}>{t.figures.group[g]}</option>)}</select>
      </div>
      <div><label htmlFor="figures-from">{t.figures.from}</label><input id="figures-from" type="date" className="input" value={from} max={to} onChange={(e) => e.target.value && onSet({ from: e.target.value })} /></div>
      <div><label htmlFor="figures-to">{t.figures.to}</label><input id="figures-to" type="date" className="input" value={to} min={from} onChange={(e) => e.target.value && onSet({ to: e.target.value })} /></div>
      <p className="row spans">{SPANS.map((n) => <button key={n} type="button" className="button" onClick={() => onSet(lastDays(n, new Date()))}>{t.figures.last(n)}</button>)}</p>
    </div>
  );
}

function Shown({ data, by, from, to }: { data: Data; by: FigureGroup; from: string; to: string }) {
  const { t, pick } = useSpeech();
  const { large } = useLarge();
  const [asTable, setAsTable] = useState(false);
  const rows = useMemo(() => busy(data.rows), [data]);
  const days = useMemo(() => everyDay(from, to, data.days, (day) => ({ day, filed: 0, decided: 0 })), [data, from, to]);
  const words: ChartWords = useMemo(() => ({ t: t.figures, nameOf: (row) => pick(row.name) || row.key, size: large ? 17 : 13 }), [t, pick, large]);
  const sum = totals(rows);
  const tall = FRAME_PX + rows.length * ROW_PX * (large ? 1.3 : 1);
  const daily = useMemo(() => dailyChart(days, words), [days, words]);
  const times = useMemo(() => timesChart(rows, words), [rows, words]);
  const open = useMemo(() => openChart(rows, words), [rows, words]);
  return (
    <>
      <ul className="totals">
        {(["filed", "decided", "open", "overdue"] as const).map((name) => <li key={name} className={`total-${name}`}><strong>{sum[name]}</strong> <span>{t.figures[name]}</span></li>)}
      </ul>
      <section className="panel" aria-labelledby="daily-title">
        <div className="panel-head"><h2 id="daily-title">{t.figures.daily}</h2><button type="button" className="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>{asTable ? t.figures.asChart : t.figures.asTable}</button></div>
        {asTable ? <Days days={days} /> : <Suspense fallback={<Loading />}><Chart option={daily} label={t.figures.daily} height={300} /></Suspense>}
      </section>
      {!asTable && (
        <div className="two">
          <section className="panel" aria-labelledby="times-title"><h2 id="times-title">{t.figures.times}</h2><Suspense fallback={<Loading />}><Chart option={times} label={t.figures.times} height={tall} /></Suspense></section>
          <section className="panel" aria-labelledby="overdue-title"><h2 id="overdue-title">{t.figures.overdueChart}</h2><Suspense fallback={<Loading />}><Chart option={open} label={t.figures.overdueChart} height={tall} /></Suspense></section>
        </div>
      )}
      <section aria-labelledby="rows-title"><h2 id="rows-title">{t.figures.group[by]}</h2><Rows rows={rows} /></section>
    </>
  );
}

function Days({ days }: { days: Data["days"] }) {
  const { t } = useSpeech();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t.figures.daily}>
      <table className="table">
        <caption className="sr-only">{t.figures.daily}</caption>
        <thead><tr><th scope="col">{t.figures.day}</th><th scope="col" className="cell-number">{t.figures.filed}</th><th scope="col" className="cell-number">{t.figures.decided}</th></tr></thead>
        <tbody>{days.map((d) => <tr key={d.day}><th scope="row" className="figure">{d.day}</th><td className="cell-number">{d.filed}</td><td className="cell-number">{d.decided}</td></tr>)}</tbody>
      </table>
    </div>
  );
}

function Rows({ rows }: { rows: FigureRow[] }) {
  const { t, pick } = useSpeech();
  const hours = (value: number | null) => (value === null ? t.figures.none : t.figures.hours(value.toFixed(1)));
  const columns: [string, (row: FigureRow) => string][] = [
    [t.figures.filed, (r) => String(r.filed)], [t.figures.decided, (r) => String(r.decided)], [t.figures.open, (r) => String(r.open)], [t.figures.overdue, (r) => String(r.overdue)],
    [t.figures.median, (r) => hours(r.median_hours)], [t.figures.p95, (r) => hours(r.p95_hours)], [t.figures.stars, (r) => (r.stars === null ? t.figures.none : r.stars.toFixed(1))],
  ];
  return (
    <table className="table cards">
      <caption className="sr-only">{t.figures.table}</caption>
      <thead><tr><th scope="col">{t.figures.name}</th>{columns.map(([label]) => <th key={label} scope="col" className="cell-number">{label}</th>)}</tr></thead>
      <tbody>{rows.map((r) => <tr key={r.key}><th scope="row">{pick(r.name) || r.key}</th>{columns.map(([label, show]) => <td key={label} data-label={label} className="cell-number">{show(r)}</td>)}</tr>)}</tbody>
    </table>
  );
}
