import { describe, expect, it } from "vitest";
import type { FigureRow, ServerDraft } from "../api/portal";
import type { Action, CaseView, Service } from "../api/types";
import { dueTitle, dueWords } from "../parts/DueTag";
import { en } from "../text/en";
import { zh } from "../text/zh";
import { busy, dailyChart, openChart, totals } from "./charts";
import { deskQuery, keyOf, scopeOf, withFilter } from "./desk";
import { begin, written } from "./draft";
import { daysLeft, dueState, hoursOf, isWholeDay } from "./due";
import { whatNext } from "./next";
import { applyPath, chosenOpening, openingsOf } from "./openings";
import { dateOr, everyDay, lastDays } from "./range";

/** Half past eleven at night in the zone; in UTC it is still the afternoon. */
const NOW = new Date("2026-11-23T15:30:00Z");
const due = (at: string, paused = false) => ({ at, paused, provisional: false });

describe("a deadline", () => {
  it("counts days by the calendar of the zone, not by twenty-four hours", () => {
    // One hour later, but tomorrow.
    expect(daysLeft("2026-11-23T16:30:00Z", NOW)).toBe(1);
    expect(daysLeft("2026-11-23T15:59:00Z", NOW)).toBe(0);
    expect(daysLeft("2026-11-20T16:30:00Z", NOW)).toBe(-2);
  });
  it("at midnight is the end of the day before", () => {
    // 00:00 on the 25th in the zone: to be done on the 24th, tomorrow.
    expect(daysLeft("2026-11-24T16:00:00Z", NOW)).toBe(1);
    expect(isWholeDay("2026-11-24T16:00:00Z")).toBe(true);
    expect(isWholeDay("2026-11-24T09:00:00Z")).toBe(false);
    expect(dueTitle(due("2026-11-24T16:00:00Z"), zh, "zh")).toBe("应于 2026年11月24日当日或之前办结");
  });
  it("is overdue to the second, and stands still while the clock does", () => {
    expect(dueState(due("2026-11-23T15:29:59Z"), NOW)).toBe("overdue");
    expect(dueState(due("2026-11-23T15:59:00Z"), NOW)).toBe("today");
    expect(dueState(due("2026-11-25T09:00:00Z"), NOW)).toBe("soon");
    expect(dueState(due("2026-11-27T09:00:00Z"), NOW)).toBe("later");
    expect(dueState(due("2026-11-20T09:00:00Z", true), NOW)).toBe("paused");
  });
  it("has words for every state, in both languages", () => {
    expect(dueWords(due("2026-11-20T09:00:00Z"), NOW, zh)).toBe("已超期 3 天");
    expect(dueWords(due("2026-11-23T15:00:00Z"), NOW, en)).toBe("Overdue since today");
    expect(dueWords(due("2026-11-24T09:00:00Z"), NOW, en)).toBe("Due soon, 1 day left");
    expect(dueWords(due("2026-12-03T09:00:00Z"), NOW, zh)).toBe("剩 10 天");
  });
  it("counts an hour that was begun", () => {
    expect([0, 1, 3600, 3601].map(hoursOf)).toEqual([0, 1, 1, 2]);
  });
});

describe("what happens next", () => {
  const view = (change: Partial<CaseView>) => ({ closed: false, awaits_me: false, parties: [], steps: [], due: null, ...change }) as never;
  it("names who is awaited before it names a step", () => {
    expect(whatNext(view({ parties: [{ name: "陈致远", awaited: true }, { name: "林晓雨", awaited: false }] }), zh, "审查", "市场监管局")).toBe("等待 陈致远 登录后签署或确认。");
  });
  it("says that it waits for the reader, and that it is over", () => {
    expect(whatNext(view({ awaits_me: true }), en, "Review", "")).toBe(en.case.waitingYou);
    expect(whatNext(view({ closed: true, awaits_me: true }), en, "Review", "")).toBe(en.next.closed);
  });
  it("names agency and step while a deadline runs, and says when it stands still", () => {
    expect(whatNext(view({ due: due("2026-11-27T09:00:00Z") }), zh, "审查", "市场监管局")).toContain("市场监管局正在办理“审查”");
    expect(whatNext(view({ due: due("2026-11-27T09:00:00Z", true) }), zh, "审查", "市场监管局")).toBe(zh.next.paused);
    expect(whatNext(view({}), en, "", "")).toBe(en.next.running);
  });
});

describe("the desk's address", () => {
  it("asks for what it says and nothing else", () => {
    expect(deskQuery(new URLSearchParams("service=one-window&status=open&overdue=true&mine=true&lang=zh&order=opened"))).toEqual({ service: "one-window", status: "open", overdue: "true", order: "opened" });
    expect(deskQuery(new URLSearchParams("mine=yes"))).toEqual({});
  });
  it("forgets the status with its service, and holds one scope", () => {
    const at = new URLSearchParams("service=a&status=b&mine=true");
    expect(withFilter(at, "service", "c").toString()).toBe("service=c&mine=true");
    expect(scopeOf(withFilter(at, "scope", "overdue"))).toBe("overdue");
    expect(withFilter(at, "scope", "open").has("mine")).toBe(false);
    expect(withFilter(at, "status", "").has("status")).toBe(false);
  });
  it("leaves keys alone while one types and with Ctrl", () => {
    const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
    expect(keyOf(press("j"), false)).toBe("next");
    expect(keyOf(press("?"), false)).toBe("help");
    expect(keyOf(press("j"), true)).toBeUndefined();
    expect(keyOf(press("v", { ctrlKey: true }), false)).toBeUndefined();
    expect(keyOf(press("Enter"), false)).toBeUndefined();
  });
});

describe("a draft", () => {
  const server: ServerDraft = { service: "s", action: "apply", answers: { a: 1 }, version: 4, saved_at: "2026-11-23T10:00:00Z" };
  const local = (saved_at: string, action = "apply") => ({ action, answers: { a: 2 }, saved_at });
  it("is the later of the two, and goes on from the server's version", () => {
    expect(begin(server, local("2026-11-23T09:00:00Z"), "apply")).toMatchObject({ answers: { a: 1 }, version: 4, local: false });
    expect(begin(server, local("2026-11-23T11:00:00Z"), "apply")).toMatchObject({ answers: { a: 2 }, version: 4, local: true });
    expect(begin(null, local("2026-11-23T11:00:00Z"), "apply")).toMatchObject({ answers: { a: 2 }, version: 0, local: true });
    expect(begin(null, null, "apply")).toMatchObject({ answers: {}, version: 0, saved_at: "" });
  });
  it("has not changed because the form made room for answers", () => {
    expect(written({ b: "x", a: { d: undefined as never, c: 1 } })).toBe(written({ a: { c: 1 }, b: "x", list: [], paper: { kind: "" } }));
    expect(written({ list: [{}] })).not.toBe(written({}));
    expect(written({ tick: false })).not.toBe(written({}));
    expect(written({})).toBe("{}");
  });
  it("of another action is never filled into this form", () => {
    expect(begin(server, null, "change")).toMatchObject({ answers: {}, version: 4, replaces: true });
    expect(begin(null, local("2026-11-23T11:00:00Z", "change"), "apply")).toMatchObject({ answers: {}, local: false });
  });
});

describe("openings", () => {
  const action = (name: string, who: Action["who"]): Action => ({ name, who, schema: {} });
  const service = (openings: string[] | undefined, ...actions: Action[]) => ({ slug: "s", openings, actions }) as unknown as Service;
  it("are what the service names, of what an applicant may do", () => {
    const actions = [action("file", "applicant"), action("amend", "applicant"), action("decide", "officer"), action("receive", "clerk")];
    expect(openingsOf(service(["amend", "file", "decide"], ...actions)).map((a) => a.name)).toEqual(["amend", "file"]);
    expect(openingsOf(service(["file", "receive"], ...actions), "officer").map((a) => a.name)).toEqual(["receive"]);
    expect(openingsOf(service(undefined))).toEqual([]);
  });
  it("are chosen by the link; one alone needs no choice", () => {
    const two = [action("file", "applicant"), action("amend", "applicant")];
    expect(chosenOpening(two, "amend")?.name).toBe("amend");
    expect(chosenOpening(two, null)).toBeUndefined();
    expect(chosenOpening(two.slice(0, 1), "nonsense")?.name).toBe("file");
    expect(applyPath("s", two, two[1]!)).toBe("/services/s/apply?action=amend");
    expect(applyPath("s", two.slice(0, 1), two[0]!)).toBe("/services/s/apply");
  });
});

describe("figures", () => {
  const row = (key: string, filed: number, overdue = 0, open = overdue): FigureRow => ({ key, name: { zh: key, en: key }, filed, decided: 0, open, overdue, median_hours: null, p95_hours: 12.34, stars: null });
  const words = { t: zh.figures, nameOf: (r: FigureRow) => r.key, size: 13 };
  it("take the day from the zone's clock", () => {
    expect(lastDays(7, new Date("2026-11-23T16:30:00Z"))).toEqual({ from: "2026-11-18", to: "2026-11-24" });
    expect(dateOr("2026-13-40", "x")).toBe("x");
    expect(dateOr("2026-11-01", "x")).toBe("2026-11-01");
  });
  it("draw a day on which nothing happened as none", () => {
    const days = everyDay("2026-11-22", "2026-11-24", [{ day: "2026-11-23", filed: 2, decided: 1 }], (day) => ({ day, filed: 0, decided: 0 }));
    expect(days.map((d) => d.filed)).toEqual([0, 2, 0]);
    expect(dailyChart(days, words).series[1]!.data).toEqual([0, 1, 0]);
  });
  it("show the busiest first, leave out what stood still, and count nothing twice", () => {
    const rows = busy([row("a", 1), row("b", 0), row("c", 3, 1, 2)]);
    expect(rows.map((r) => r.key)).toEqual(["c", "a"]);
    expect(totals(rows)).toEqual({ filed: 4, decided: 0, open: 2, overdue: 1 });
    // Open and overdue stand on each other, so the overdue are taken out of the open.
    expect((openChart(rows, words).series as { data: number[] }[]).map((s) => s.data)).toEqual([[1, 0], [1, 0]]);
  });
});
