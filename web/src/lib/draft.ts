/** Drafts of applications, kept in this browser under the account; the server learns nothing before the applicant submits. */
import type { JsonObject } from "../api/types";

export interface Draft {
  data: JsonObject;
  /** Index of the section that was open. */
  section: number;
  /** When it was saved, RFC 3339. */
  saved: string;
}

const keyOf = (account: string, slug: string, version: number) => `qianhai.draft.${account}.${slug}.${version}`;

export function loadDraft(account: string, slug: string, version: number): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(keyOf(account, slug, version)) ?? "null") as Draft | null;
    return draft && typeof draft.data === "object" && draft.data !== null ? draft : null;
  } catch {
    return null;
  }
}

export function saveDraft(account: string, slug: string, version: number, draft: Draft): boolean {
  try {
    localStorage.setItem(keyOf(account, slug, version), JSON.stringify(draft));
    return true;
  } catch {
    return false; // The browser keeps no storage or it is full: the form works on without a draft.
  }
}

export const dropDraft = (account: string, slug: string, version: number) => localStorage.removeItem(keyOf(account, slug, version));
