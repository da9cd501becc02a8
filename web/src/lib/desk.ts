/** The desk's filters, as they stand in the address, and its keys. */
import type { DeskQuery } from "../api/portal";

const FLAGS = ["overdue", "mine", "unassigned"] as const;
export type Flag = (typeof FLAGS)[number];
export type Scope = "open" | Flag;

export const scopeOf = (params: URLSearchParams): Scope => FLAGS.find((f) => params.get(f) === "true") ?? "open";

/** What is asked of the server; whatever a link may say beside it is left out. */
export function deskQuery(params: URLSearchParams): DeskQuery {
  const query: DeskQuery = {};
  for (const name of ["service", "status", "order"] as const) {
    const value = params.get(name);
    if (value) query[name] = value;
  }
  const scope = scopeOf(params);
  if (scope !== "open") query[scope] = "true";
  return query;
}

/** The address with one filter changed. A status belongs to its service; of the scopes only one is chosen. */
export function withFilter(params: URLSearchParams, name: "service" | "status" | "order" | "scope", value: string): URLSearchParams {
  const next = new URLSearchParams(params);
  if (name === "service") next.delete("status");
  if (name === "scope") {
    for (const flag of FLAGS) next.delete(flag);
    if (value !== "open") next.set(value, "true");
  } else if (value) next.set(name, value);
  else next.delete(name);
  return next;
}

export type DeskKey = "next" | "previous" | "pick" | "bulk" | "hand-over" | "filter" | "help";
const KEYS: Record<string, DeskKey> = {
  j: "next", k: "previous", x: "pick", v: "bulk", h: "hand-over", "/": "filter", "?": "help",
};

const OFF = "qianhai.keys-off";
/** Whoever dictates to the machine can't have single letters mean something (WCAG 2.1.4): they can be turned off in this browser. */
export const keysOn = (): boolean => localStorage.getItem(OFF) !== "1";
export const turnKeys = (on: boolean) => localStorage.setItem(OFF, on ? "0" : "1");

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key means on the desk; nothing while one types, and nothing that belongs to the browser. */
export function keyOf(event: Pressed, typing: boolean): DeskKey | undefined {
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return KEYS[event.key];
}
