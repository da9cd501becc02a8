/** With which actions a case of a service may be opened. */
import type { Action, Bilingual, Service } from "../api/types";

/** Those of an applicant, in the order of the service. */
export function openingsOf(service: Service): Action[] {
  const applicants = (service.actions ?? []).filter((a) => a.who === "applicant");
  return (service.openings ?? []).flatMap((name) => applicants.filter((a) => a.name === name));
}

/** The opening that a link names, else the only one; undefined if the reader has to choose first. */
export function chosenOpening(openings: Action[], asked: string | null): Action | undefined {
  return openings.find((a) => a.name === asked) ?? (openings.length === 1 ? openings[0] : undefined);
}

/** Where the form of an opening is; a service of one opening needs no word of it in the address. */
export const applyPath = (slug: string, openings: Action[], action: Action): string =>
  `/services/${slug}/apply${openings.length > 1 ? `?action=${encodeURIComponent(action.name)}` : ""}`;

export const wordsOf = (service: Service, action: Action): Bilingual | undefined => service.text?.action[action.name];
