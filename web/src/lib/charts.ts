/** What the charts show, from the figures of the server. */
import type { FigureRow, Figures } from "../api/portal";
import type { Words } from "../text/zh";

/** Colours of theme.ts; each differs from its neighbour in lightness too, and decals mark what colour alone would not. */
const SEA = "#0a5c73";
const SUN = "#c9761f";
const BAD = "#b3261e";
const INK = "#17282e";

export interface ChartWords {
  t: Words["figures"];
  /** Name of a row in the reader's language. */
  nameOf: (row: FigureRow) => string;
  /** Size of text in pixels. */
  size: number;
}

const round = (hours: number | null) => (hours === null ? null : Math.round(hours * 10) / 10);

const base = (size: number) => ({
  animation: false,
  aria: { enabled: true, decal: { show: true } },
  textStyle: { color: INK, fontSize: size },
  legend: { top: 0, left: 0, itemGap: size * 1.5, textStyle: { fontSize: size } },
  tooltip: { trigger: "axis", confine: true },
});

export function dailyChart(days: Figures["days"], { t, size }: ChartWords) {
  const line = (name: string, values: number[], color: string) => ({ type: "line", name, data: values, itemStyle: { color }, lineStyle: { width: 2.5 }, symbolSize: 5 });
  return {
    ...base(size),
    grid: { left: 8, right: 16, top: size * 3, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: days.map((d) => d.day.slice(5)), axisLabel: { fontSize: size } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { fontSize: size } },
    series: [line(t.filed, days.map((d) => d.filed), SEA), line(t.decided, days.map((d) => d.decided), SUN)],
  };
}

function rowsChart(rows: FigureRow[], { nameOf, size }: ChartWords, series: object[]) {
  return {
    ...base(size),
    grid: { left: 8, right: 24, top: size * 3, bottom: 8, containLabel: true },
    xAxis: { type: "value", axisLabel: { fontSize: size } },
    yAxis: { type: "category", inverse: true, data: rows.map(nameOf), axisLabel: { fontSize: size, width: size * 9, overflow: "break" } },
    series,
  };
}

const bar = (name: string, data: (number | null)[], color: string, stack?: string) => ({ type: "bar", name, data, itemStyle: { color }, barMaxWidth: 18, ...(stack ? { stack } : {}) });

export const timesChart = (rows: FigureRow[], words: ChartWords) =>
  rowsChart(rows, words, [bar(words.t.median, rows.map((r) => round(r.median_hours)), SEA), bar(words.t.p95, rows.map((r) => round(r.p95_hours)), SUN)]);

export const openChart = (rows: FigureRow[], words: ChartWords) =>
  rowsChart(rows, words, [bar(words.t.open, rows.map((r) => r.open - r.overdue), SEA, "open"), bar(words.t.overdue, rows.map((r) => r.overdue), BAD, "open")]);

/** Sums of what can be summed. */
export const totals = (rows: FigureRow[]) =>
  rows.reduce((sum, r) => ({ filed: sum.filed + r.filed, decided: sum.decided + r.decided, open: sum.open + r.open, overdue: sum.overdue + r.overdue }), { filed: 0, decided: 0, open: 0, overdue: 0 });

/** Rows in which anything happened, the busiest first. */
export const busy = (rows: FigureRow[]): FigureRow[] => rows.filter((r) => r.filed + r.decided + r.open + r.overdue > 0).sort((a, b) => b.filed + b.open - (a.filed + a.open));
