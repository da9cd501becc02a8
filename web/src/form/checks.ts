/** What the schema itself says of an answer, checked before it is sent, so that nobody waits for the server to hear of a missing digit.
 * The server checks again and has the last word; its codes and words are the same. */
import type { RJSFSchema } from "@rjsf/utils";
import type { Fault, Json } from "../api/types";
import { en } from "../text/en";
import { zh, type Words } from "../text/zh";
import { yuanOf } from "../lib/money";
import { applies, isObject, missing } from "./answers";

type Say = (words: Words["checks"]) => string;
const fault = (pointer: string, code: string, say: Say): Fault => ({ pointer, code, message: { zh: say(zh.checks), en: say(en.checks) } });

/** Fields without an answer first; where all are answered, what the schema refuses. At most one fault a field. */
export function check(schema: RJSFSchema, data: Json | undefined): Fault[] {
  const gone = missing(schema, data);
  return [...gone, ...wrong(schema, data, "").filter((f) => !gone.some((g) => g.pointer === f.pointer))];
}

function wrong(schema: RJSFSchema, data: Json | undefined, pointer: string): Fault[] {
  if (data === undefined || data === null || data === "") return [];
  if (schema.type === "object") {
    if (!isObject(data)) return [];
    return Object.entries((schema.properties ?? {}) as Record<string, RJSFSchema>).flatMap(([field, sub]) =>
      applies(schema, field, data) ? wrong(sub, data[field], `${pointer}/${field}`) : []);
  }
  if (schema.type === "array") {
    if (!Array.isArray(data)) return [];
    const most = schema.maxItems;
    const many = most !== undefined && data.length > most ? [fault(pointer, "too-many", (w) => w.tooMany(most))] : [];
    return [...many, ...data.flatMap((item, i) => wrong((schema.items ?? {}) as RJSFSchema, item, `${pointer}/${i}`))];
  }
  if (schema.enum) return [];
  if (schema.type === "number" || schema.type === "integer") return ofNumber(schema, data, pointer);
  return typeof data === "string" ? ofText(schema, data.trim(), pointer) : [];
}

function ofNumber(schema: RJSFSchema, data: Json, pointer: string): Fault[] {
  const { minimum, maximum } = schema;
  const value = typeof data === "number" ? data : typeof data === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(data) ? Number(data) : NaN;
  if (Number.isNaN(value)) return [fault(pointer, "type", (w) => w.number)];
  if (schema.type === "integer" && !Number.isInteger(value)) return [fault(pointer, "type", (w) => w.whole)];
  // Money is kept in fen and written in yuan.
  const shown = (limit: number) => (schema["x-fen"] ? yuanOf(limit) : String(limit));
  if (minimum !== undefined && value < minimum) return [fault(pointer, "too-small", (w) => w.tooSmall(shown(minimum)))];
  if (maximum !== undefined && value > maximum) return [fault(pointer, "too-large", (w) => w.tooLarge(shown(maximum)))];
  return [];
}

function ofText(schema: RJSFSchema, text: string, pointer: string): Fault[] {
  const { minLength, maxLength, pattern } = schema;
  const length = [...text].length; // Characters, as the server counts them, not UTF-16 units.
  if (minLength !== undefined && length < minLength) return [fault(pointer, "too-short", (w) => w.tooShort(minLength))];
  if (maxLength !== undefined && length > maxLength) return [fault(pointer, "too-long", (w) => w.tooLong(maxLength))];
  if (pattern && fits(pattern, text) === false) return [fault(pointer, "pattern", (w) => w.pattern)];
  if (schema["x-format"] === "date" && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return [fault(pointer, "format", (w) => w.date)];
  return [];
}

/** Null if the pattern is one that only the server's engine reads. */
function fits(pattern: string, text: string): boolean | null {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return null;
  }
}
