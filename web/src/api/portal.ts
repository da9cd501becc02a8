/** What the portal keeps beside the cases: drafts, notices read, preferences, who looked, ratings, the officer's desk, figures. */
import { call } from "./client";
import type { Bilingual, CaseLine, Due, Json, JsonObject, NoticeList } from "./types";

const part = encodeURIComponent;

export interface DraftLine {
  service: string;
  action: string;
  title: string;
  saved_at: string;
}
export interface ServerDraft {
  service: string;
  action: string;
  answers: JsonObject;
  version: number;
  saved_at: string;
}
export interface Preferences {
  mail: string | null;
  mail_confirmed: boolean;
  mail_for: MailKind[];
  language: "zh" | "en" | null;
  large_text: boolean;
  /** What became of the confirming mail. */
  mail_note?: Bilingual | null;
  /** The zone sends mail at all. */
  mail_offered?: boolean;
}
export type PreferencesWish = Pick<Preferences, "mail" | "mail_for" | "language" | "large_text">;
export const MAIL_KINDS = ["decision", "action", "reminder"] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export interface Look {
  at: string;
  who: { is: "person" | "officer" | "system"; name?: string | null; agency?: string | Bilingual | null };
  case: string;
  service: string;
  what: string;
}
export interface Rating {
  stars: number;
  words: string | null;
  at: string;
}
export interface Colleague {
  account: string;
  name: string;
}
export interface DeskLine extends CaseLine {
  due: Due | null;
  assigned: Colleague | null;
}
export interface DeskPage {
  cases: DeskLine[];
  next: string | null;
  counts: { open: number; overdue: number; mine: number; unassigned: number };
}
export interface DeskQuery {
  service?: string;
  status?: string;
  overdue?: string;
  mine?: string;
  unassigned?: string;
  order?: string;
  cursor?: string;
}
export interface Assigned {
  at: string;
  to: Colleague | null;
  by: Colleague | null;
  reason: string;
}
export interface FigureRow {
  key: string;
  name: Bilingual;
  filed: number;
  decided: number;
  open: number;
  overdue: number;
  median_hours: number | null;
  p95_hours: number | null;
  stars: number | null;
}
export interface Figures {
  rows: FigureRow[];
  days: { day: string; filed: number; decided: number }[];
}
export const FIGURE_GROUPS = ["service", "agency", "chapter"] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

/** Every request about them. */
export const portal = {
  drafts: () => call<{ drafts: DraftLine[] }>("GET", "/api/drafts"),
  draft: (slug: string) => call<ServerDraft>("GET", `/api/drafts/${part(slug)}`),
  saveDraft: (slug: string, draft: { action: string; answers: JsonObject; version: number }) =>
    call<{ version: number; saved_at: string }>("PUT", `/api/drafts/${part(slug)}`, { body: draft }),
  dropDraft: (slug: string) => call<Json>("DELETE", `/api/drafts/${part(slug)}`),
  notices: (cursor?: string) => call<NoticeList>("GET", "/api/notices", { query: { cursor } }),
  readNotices: (which: { ids: string[] } | { all: true }) => call<Json>("POST", "/api/notices/read", { body: which }),
  preferences: () => call<Preferences>("GET", "/api/preferences"),
  savePreferences: (wish: PreferencesWish) => call<Preferences>("PUT", "/api/preferences", { body: { ...wish } }),
  looks: (cursor?: string) => call<{ looks: Look[]; next: string | null }>("GET", "/api/looks", { query: { cursor } }),
  rating: (id: string) => call<{ rating: Rating | null; may_rate: boolean }>("GET", `/api/cases/${part(id)}/rating`),
  rate: (id: string, stars: number, words: string) => call<Json>("POST", `/api/cases/${part(id)}/rating`, { body: words ? { stars, words } : { stars } }),
  desk: (query: DeskQuery) => call<DeskPage>("GET", "/api/desk", { query: { ...query } }),
  colleagues: () => call<{ officers: Colleague[] }>("GET", "/api/desk/officers"),
  assign: (cases: string[], to: string, reason: string) => call<Json>("POST", "/api/desk/assign", { body: { cases, to, reason } }),
  assignments: (id: string) => call<{ history: Assigned[] }>("GET", `/api/cases/${part(id)}/assignment`),
  figures: (by: FigureGroup, from: string, to: string) => call<Figures>("GET", "/api/figures", { query: { by, from, to } }),
};
