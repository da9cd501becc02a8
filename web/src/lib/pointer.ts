/** JSON pointers (RFC 6901): how the server says where a fault stands. */
import type { Json } from "../api/types";

export const partsOf = (pointer: string): string[] =>
  pointer === "" ? [] : pointer.replace(/^\//, "").split("/").map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~"));

export const pointerOf = (parts: readonly (string | number)[]): string =>
  parts.map((p) => `/${String(p).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** The id of the form's element that edits the value at the pointer. */
export const fieldId = (pointer: string): string => `f${pointer}`;

/** The value at the pointer, or undefined. */
export function at(value: Json | undefined, pointer: string): Json | undefined {
  let here: Json | undefined = value;
  for (const part of partsOf(pointer)) {
    if (Array.isArray(here)) here = here[Number(part)];
    else if (typeof here === "object" && here !== null) here = here[part];
    else return undefined;
  }
  return here;
}

/** True if `pointer` is `base` or lies in it. */
export const within = (pointer: string, base: string): boolean => pointer === base || pointer.startsWith(`${base}/`);
