/** What the portal keeps beside the cases: drafts, notices read, preferences, who looked, ratings, the officer's desk, figures. */
import { call } from "./client";
import type { components } from "./schema";
import type { Json, JsonObject, NoticeList } from "./types";

type Shapes = components["schemas"];

const part = encodeURIComponent;

export type DraftList = Shapes["DraftList"];
export type DraftLine = DraftList["drafts"][number];
export type ServerDraft = Omit<Shapes["Draft"], "answers"> & { answers: JsonObject };
export type Preferences = Shapes["Preferences"];
export type PreferencesWish = Pick<Preferences, "mail" | "mail_for" | "language" | "large_text">;
export const MAIL_KINDS = ["decision", "action", "reminder"] as const satisfies Preferences["mail_for"];
export type MailKind = Preferences["mail_for"][number];
export type LookList = Shapes["LookList"];
export type Look = LookList["looks"][number];
export type RatingView = Shapes["RatingView"];
export type Colleague = Shapes["Colleague"];
export type DeskPage = Shapes["DeskPage"];
export type DeskLine = DeskPage["cases"][number];
export type Handovers = Shapes["Handovers"];
export type Figures = Shapes["Figures"];
export type FigureRow = Figures["rows"][number];
export interface DeskQuery {
  service?: string;
  status?: string;
  overdue?: string;
  mine?: string;
  unassigned?: string;
  order?: string;
  cursor?: string;
}
export const FIGURE_GROUPS = ["service", "agency", "chapter"] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

/** Every request about them. */
export const portal = {
  drafts: () => call<DraftList>("GET", "/api/drafts"),
  draft: (slug: string) => call<ServerDraft>("GET", `/api/drafts/${part(slug)}`),
  saveDraft: (slug: string, draft: { action: string; answers: JsonObject; version: number }) =>
    call<{ version: number; saved_at: string }>("PUT", `/api/drafts/${part(slug)}`, { body: draft }),
  dropDraft: (slug: string) => call<Json>("DELETE", `/api/drafts/${part(slug)}`),
  notices: (cursor?: string) => call<NoticeList>("GET", "/api/notices", { query: { cursor } }),
  readNotices: (which: { ids: string[] } | { all: true }) => call<Json>("POST", "/api/notices/read", { body: which }),
  preferences: () => call<Preferences>("GET", "/api/preferences"),
  savePreferences: (wish: PreferencesWish) => call<Preferences>("PUT", "/api/preferences", { body: { ...wish } }),
  looks: (cursor?: string) => call<LookList>("GET", "/api/looks", { query: { cursor } }),
  rating: (id: string) => call<RatingView>("GET", `/api/cases/${part(id)}/rating`),
  rate: (id: string, stars: number, words: string) => call<Json>("POST", `/api/cases/${part(id)}/rating`, { body: words ? { stars, words } : { stars } }),
  desk: (query: DeskQuery) => call<DeskPage>("GET", "/api/desk", { query: { ...query } }),
  colleagues: () => call<Shapes["OfficerList"]>("GET", "/api/desk/officers"),
  assign: (cases: string[], to: string, reason: string) => call<Json>("POST", "/api/desk/assign", { body: { cases, to, reason } }),
  assignments: (id: string) => call<Handovers>("GET", `/api/cases/${part(id)}/assignment`),
  figures: (by: FigureGroup, from: string, to: string) => call<Figures>("GET", "/api/figures", { query: { by, from, to } }),
};
