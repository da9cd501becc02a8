/** For whom the reader acts at the moment. It lives in this window alone and ends with the session or the delegation. */
import { useSyncExternalStore } from "react";

export interface Acting {
  /** Case number of the delegation, sent with every request. */
  delegation: string;
  principal: string;
  /** The account that acts; another one begins as itself. */
  account: string;
}

const KEY = "qianhai.acting";
const listeners = new Set<() => void>();

function stored(): Acting | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Partial<Acting> | null;
    return found?.delegation && found.principal && found.account ? (found as Acting) : null;
  } catch {
    return null;
  }
}

let now: Acting | null = stored();

export const acting = () => now;

/** Begins to act for another, or, with null, ends it. */
export function actFor(next: Acting | null) {
  if (next?.delegation === now?.delegation) return;
  now = next;
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
  listeners.forEach((told) => told());
}

function listen(told: () => void) {
  listeners.add(told);
  return () => void listeners.delete(told);
}

export const useActing = () => useSyncExternalStore(listen, acting);
