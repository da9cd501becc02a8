/** What can be said of the answers before the server sees them: what is still missing, and what is not to be sent. */
import type { RJSFSchema } from "@rjsf/utils";
import type { Fault, Json, JsonObject } from "../api/types";
import { en } from "../text/en";
import { zh } from "../text/zh";
import type { When } from "./prepare";

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
/** Nothing was entered anywhere in it; a form makes objects for what it shows, before anyone has typed. */
const isBlank = (value: unknown): boolean =>
  isEmpty(value) || value === false || (Array.isArray(value) ? value.every(isBlank) : isObject(value) && Object.values(value).every(isBlank));
const isEmpty = (value: unknown) => value === undefined || value === null || value === "";

/** True if the field belongs to the variant that the tag names (or to no variant); before a choice, what all variants share. */
export function applies(schema: RJSFSchema, field: string, data: unknown): boolean {
  const when = schema["x-when"] as When | undefined;
  const tags = when?.fields[field];
  const chosen = when && isObject(data) ? data[when.tag] : undefined;
  if (!when || !tags) return true;
  // A tag may be one choice or a list of them: nothing that belongs to a choice is asked before it is made.
  if (when.many) return Array.isArray(chosen) && tags.some((tag) => chosen.includes(tag));
  const variants = (schema.properties?.[when.tag] as RJSFSchema | undefined)?.enum?.length;
  return typeof chosen === "string" ? tags.includes(chosen) : tags.length === variants;
}

/** Required fields without an answer, in the order of the form. Whether an answer is right, only the server says. */
export function missing(schema: RJSFSchema, data: Json | undefined, pointer = ""): Fault[] {
  if (schema.type === "object") {
    const object = isObject(data) ? data : {};
    return Object.entries((schema.properties ?? {}) as Record<string, RJSFSchema>).flatMap(([field, sub]) => {
      if (!applies(schema, field, object)) return [];
      const value = object[field];
      const here = `${pointer}/${field}`;
      if (!schema.required?.includes(field) && isBlank(value)) return [];
      return missing(sub, value, here);
    });
  }
  if (schema.type === "array") {
    const items = Array.isArray(data) ? data : [];
    const inner = items.flatMap((item, i) => missing((schema.items ?? {}) as RJSFSchema, item, `${pointer}/${i}`));
    return items.length < Number(schema.minItems ?? schema["x-min-items"] ?? 0) ? [fault(pointer, "addOne", schema.title), ...inner] : inner;
  }
  // A tick that isn't there is an answer: no.
  if (!isEmpty(data) || schema.type === "boolean") return [];
  return [fault(pointer, schema.enum ? "choose" : "required", schema.title)];
}

const fault = (pointer: string, words: "required" | "choose" | "addOne", label = ""): Fault => ({
  pointer, code: "missing", message: { zh: zh.errors[words](label), en: en.errors[words](label) },
});

/** The answers as they are sent: texts trimmed, empty optional fields and fields of other variants left out, unticked boxes false. */
export function tidy(schema: RJSFSchema, data: Json | undefined): Json | undefined {
  if (schema.type === "object") {
    const object = isObject(data) ? data : {};
    const kept: JsonObject = {};
    for (const [field, sub] of Object.entries((schema.properties ?? {}) as Record<string, RJSFSchema>)) {
      if (!applies(schema, field, object)) continue;
      const needed = schema.required?.includes(field) ?? false;
      const value = tidy(sub, object[field]);
      if (value !== undefined && (needed || !isObject(value) || !isBlank(value))) kept[field] = value;
      else if (needed && sub.type === "boolean") kept[field] = false;
      else if (needed && sub.type === "array") kept[field] = [];
    }
    return kept;
  }
  if (schema.type === "array") {
    if (!Array.isArray(data)) return undefined;
    return data.map((item) => tidy((schema.items ?? {}) as RJSFSchema, item)).filter((item) => item !== undefined);
  }
  if (typeof data === "string") return data.trim() === "" ? undefined : data.trim();
  return data === null ? undefined : data;
}

/** The label of the field at a pointer, with those of the lists above it: "Shareholders 1: Name". */
export function labelAt(schema: RJSFSchema, parts: string[], separator = " · "): string {
  const labels: string[] = [];
  let here: RJSFSchema | undefined = schema;
  let list = "";
  for (const part of parts) {
    if (here?.type === "array") {
      labels.push(`${list} ${Number(part) + 1}`);
      here = here.items as RJSFSchema;
      continue;
    }
    here = here?.properties?.[part] as RJSFSchema | undefined;
    if (!here) break;
    list = here.title ?? "";
    if (here.type !== "array") labels.push(list);
  }
  if (here?.type === "array") labels.push(list);
  return labels.filter(Boolean).join(separator);
}
