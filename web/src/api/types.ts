/** The shapes that the server speaks in, from its OpenAPI file (`npm run generate`); only what is looser there is said closer here. */
import type { components } from "./schema";

type Shapes = components["schemas"];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Bilingual = Shapes["Bilingual"];
export type Labelled = Shapes["Labelled"];
export type Me = Shapes["Me"];
export type Zone = Shapes["ZoneView"];
export type ServiceLine = Shapes["ServiceEntry"];
export type Chapter = Shapes["Chapter"];
export type Chapters = Shapes["Chapters"];
export type ServiceText = Shapes["ServiceText"];
export type CaseLine = Shapes["CaseLine"];
export type CasePage = Shapes["CasePage"];
/** By when an agency has to decide; `paused` while the clock stands, `provisional` while the holidays of its year are not announced. */
export type Due = Shapes["Due"];
/** A case that this one opened, or that opened it; `spent_seconds` is working time. */
export type CaseLink = Shapes["CaseLink"];
export type Finding = Shapes["Finding"];
export type Outcome = Finding["outcome"];
export type Delegations = Shapes["Delegations"];
export type Delegation = Shapes["Delegation"];
export type Notice = Shapes["Notice"];
export type NoticeList = Shapes["NoticeList"];
/** `pointer` is a JSON pointer (RFC 6901); empty for the whole input. */
export type Fault = NonNullable<Shapes["Error"]["error"]["faults"]>[number];

/** `clerk`: an officer who opens a case of the agency's own. */
export type Who = "anyone" | "applicant" | "clerk" | "owner" | "party" | "officer";
/** JSON Schema 2020-12 with our `x-text`, `x-choices` and `x-sections`. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | boolean;
  enum?: Json[];
  const?: Json;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  pattern?: string;
  minItems?: number;
  "x-text"?: Labelled;
  "x-choices"?: Record<string, Bilingual>;
  "x-sections"?: { title: Bilingual; fields: string[] }[];
  [other: string]: unknown;
}
export interface Action {
  name: string;
  who: Who;
  schema: Schema;
}
/** An action that is offered to the reader. */
export type Offer = Omit<Shapes["ActionOffer"], "schema"> & { schema: Schema };
export type Service = Omit<Shapes["ServiceView"], "actions" | "questions" | "parts"> & { actions?: Action[]; questions?: Action[]; openings?: string[]; parts?: string[] };
export type CaseView = Omit<Shapes["CaseView"], "actions" | "card"> & { actions: Offer[]; card: JsonObject | null };
type ShapeOfEvent = Shapes["Timeline"]["events"][number];
export type CaseEvent = Omit<ShapeOfEvent, "actor" | "data"> & { actor: { is: "person" | "officer" | "system"; name?: string; by?: string } | null; data: Json };
