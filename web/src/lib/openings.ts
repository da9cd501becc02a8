/** With which actions a case of a service may be opened. */
import type { Action, Bilingual, Me, Service } from "../api/types";

/** Those that the reader's kind of account may use, in the order of the service; who isn't signed in reads as an applicant. */
export function openingsOf(service: Service, kind: Me["account"]["kind"] = "person"): Action[] {
  const who = kind === "officer" ? "clerk" : "applicant";
  return (service.openings ?? []).flatMap((name) => (service.actions ?? []).filter((a) => a.name === name && a.who === who));
}

/** The opening that a link names, else the only one; undefined if the reader has to choose first. */
export function chosenOpening(openings: Action[], asked: string | null): Action | undefined {
  return openings.find((a) => a.name === asked) ?? (openings.length === 1 ? openings[0] : undefined);
}

/** Where the form of an opening is; a service of one opening needs no word of it in the address. */
export const applyPath = (slug: string, openings: Action[], action: Action): string =>
  `/services/${slug}/apply${openings.length > 1 ? `?action=${encodeURIComponent(action.name)}` : ""}`;

export const wordsOf = (service: Service, action: Action): Bilingual | undefined => service.text?.action[action.name];
