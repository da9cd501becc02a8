import type { Bilingual, Fault } from "./types";

export type ErrorKind =
  | "refusal" | "bad-input" | "problem" | "unauthenticated" | "forbidden" | "not-found" | "too-many-requests" | "unavailable";

const KINDS: Record<number, ErrorKind> = {
  401: "unauthenticated", 403: "forbidden", 404: "not-found", 409: "refusal", 422: "bad-input", 429: "too-many-requests", 503: "unavailable",
};

/** What the server (or the network) said instead of an answer. */
export class ApiError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    readonly words: Bilingual,
    readonly faults: Fault[] = [],
    readonly id?: string,
  ) {
    super(`${kind}/${code}: ${words.zh}`);
    this.name = "ApiError";
  }
}

const isText = (value: unknown): value is Bilingual =>
  typeof value === "object" && value !== null && typeof (value as Bilingual).zh === "string" && typeof (value as Bilingual).en === "string";

/** Reads an error answer; whatever a proxy in between may have made of it, something that can be shown comes out. */
export function errorOf(status: number, body: unknown): ApiError {
  const error = typeof body === "object" && body !== null ? ((body as { error?: unknown }).error as Record<string, unknown> | undefined) : undefined;
  const fallback = KINDS[status] ?? (status === 502 || status === 504 ? "unavailable" : status >= 500 ? "problem" : "refusal");
  const kind = Object.values(KINDS).concat("problem").find((k) => k === error?.["kind"]) ?? fallback;
  const words = isText(error?.["message"]) ? error["message"] : { zh: "", en: "" };
  const faults = Array.isArray(error?.["faults"]) ? error["faults"].filter((f: Fault) => typeof f?.pointer === "string" && isText(f.message)) : [];
  const id = typeof error?.["id"] === "string" ? error["id"] : undefined;
  return new ApiError(kind, typeof error?.["code"] === "string" ? error["code"] : String(status), words, faults, id);
}

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError("problem", "unexpected", { zh: "", en: "" });
