/** One sentence: what happens next with a case. */
import type { CaseView } from "../api/types";
import type { Words } from "../text/zh";

type Known = Pick<CaseView, "closed" | "awaits_me" | "parties" | "steps" | "due">;

/** `step` and `agency` are in the reader's language already; empty where there is none. */
export function whatNext(view: Known, t: Words, step: string, agency: string): string {
  if (view.closed) return t.next.closed;
  if (view.awaits_me) return t.case.waitingYou;
  const awaited = view.parties.filter((p) => p.awaited).map((p) => p.name);
  if (awaited.length > 0) return t.next.people(awaited.join(t.listSeparator));
  if (view.due?.paused) return t.next.paused;
  if (view.due && agency && step) return t.next.agencyStep(agency, step);
  if (step) return t.next.step(step);
  return t.next.running;
}
