/** From the server's JSON Schema to one that a form renders: references followed, optional nulls dropped, tagged unions flattened,
 * words in the reader's language. Works for any service: nothing here knows what is applied for. */
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import type { Bilingual, Json, Schema, ServiceText } from "../api/types";
import { pickIn, type Lang } from "../text";

/** A schema may refer to itself; a form ends somewhere. */
const DEPTH_MAX = 12;
/** Up to so many choices are shown as radio buttons, more as a list. */
const RADIOS_MAX = 6;

export interface Prepared {
  schema: RJSFSchema;
  ui: UiSchema;
}
/** Which fields of a flattened union belong to which tags; lives in `x-when` of the object: field → tags. */
export type When = { tag: string; fields: Record<string, string[]>; many?: boolean };

interface Setting {
  defs: Record<string, Schema>;
  lang: Lang;
  text: Partial<ServiceText> | null | undefined;
  /** Names of widgets that exist. */
  widgets: ReadonlySet<string>;
}

export function prepare(root: Schema, lang: Lang, text: Setting["text"], widgets: ReadonlySet<string>): Prepared {
  return walk(root, { defs: root.$defs ?? {}, lang, text, widgets }, "", 0);
}

const isNull = (s: Schema) => s.type === "null" || s.const === null;
const constantsOf = (s: Schema): Json[] | null => (s.const !== undefined ? [s.const] : Array.isArray(s.enum) ? s.enum : null);

/** Follows `$ref`, folds `allOf`, drops null: what remains says one thing. The name of the type is kept for its words. */
export function plain(node: Schema, defs: Record<string, Schema>, depth = 0): { node: Schema; type: string } {
  let type = "";
  let here = node;
  for (let i = depth; here.$ref && i < DEPTH_MAX; i++) {
    type = decodeURIComponent(here.$ref.split("/").at(-1) ?? "");
    const { $ref: _, ...rest } = here;
    here = { ...(defs[type] ?? {}), ...rest };
  }
  for (const piece of here.allOf ?? []) {
    const { node: folded, type: name } = plain(piece, defs, depth + 1);
    type ||= name;
    here = {
      ...folded, ...here, allOf: undefined,
      properties: { ...folded.properties, ...here.properties },
      required: [...(folded.required ?? []), ...(here.required ?? [])],
    };
  }
  if (Array.isArray(here.type)) {
    const kinds = here.type.filter((t) => t !== "null");
    here = { ...here, type: kinds.length === 1 ? kinds[0] : kinds.includes("string") ? "string" : kinds[0] };
  }
  for (const key of ["anyOf", "oneOf"] as const) {
    const options = here[key]?.filter((o) => !isNull(o));
    if (options?.length === 1 && depth < DEPTH_MAX) {
      const inner = plain(options[0]!, defs, depth + 1);
      here = { ...inner.node, ...without(here, key) };
      type ||= inner.type;
    } else if (options) here = { ...here, [key]: options };
  }
  return { node: here, type };
}

const without = (node: Schema, key: string): Schema => Object.fromEntries(Object.entries(node).filter(([k, v]) => k !== key && v !== undefined));

/** The tag that tells the variants apart: a constant text that every one of them has. */
function tagOf(options: Schema[]): string | null {
  const names = Object.keys(options[0]?.properties ?? {});
  return names.find((name) => options.every((o) => typeof o.properties?.[name]?.const === "string" || o.properties?.[name]?.enum?.length === 1)) ?? null;
}

const LIMITS = ["pattern", "minLength", "maxLength", "minimum", "maximum", "format"];
/** The first of two schemas of one field, with those limits that both have alike. */
const agreed = (one: Schema, other: Schema): Schema => LIMITS.filter((limit) => one[limit] !== other[limit]).reduce(without, one);

function flatten(node: Schema, options: Schema[], tag: string): Schema {
  const properties: Record<string, Schema> = { [tag]: { type: "string", enum: [], "x-text": options[0]!.properties![tag]!["x-text"] } };
  const fields: Record<string, string[]> = {};
  for (const option of options) {
    const value = constantsOf(option.properties![tag]!)![0] as string;
    properties[tag]!.enum!.push(value);
    for (const [name, property] of Object.entries(option.properties ?? {})) {
      if (name === tag) continue;
      // A field that several variants share is shown for all of them; limits that differ are the server's business.
      properties[name] = properties[name] ? agreed(properties[name], property) : property;
      (fields[name] ??= []).push(value);
    }
  }
  const required = [tag, ...Object.keys(fields).filter((f) => options.every((o) => !o.properties?.[f] || o.required?.includes(f)))];
  const when: When = { tag, fields };
  return { ...without(without(node, "oneOf"), "anyOf"), type: "object", properties, required, "x-when": when };
}

function walk(raw: Schema, setting: Setting, name: string, depth: number): Prepared {
  const { node: unfolded, type } = plain(raw, setting.defs);
  let node = unfolded;
  const options = (node.oneOf ?? node.anyOf)?.map((o) => plain(o, setting.defs).node);
  if (options && options.every((o) => constantsOf(o) !== null)) {
    node = { ...without(without(node, "oneOf"), "anyOf"), type: node.type ?? "string", enum: options.flatMap((o) => constantsOf(o) ?? []) };
  } else if (options) {
    const tag = tagOf(options);
    if (tag) node = flatten(node, options, tag);
  }
  const words = node["x-text"];
  const schema: RJSFSchema = { title: pickIn(setting.lang, words) || humanise(name) };
  for (const key of ["type", "default", "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "uniqueItems", "pattern", "x-when"]) {
    if (node[key] !== undefined && node[key] !== null) schema[key] = node[key];
  }
  schema.type ??= node.properties ? "object" : node.items ? "array" : "string";
  const ui: UiSchema = {};
  if (words?.help) ui["ui:help"] = pickIn(setting.lang, words.help);
  const widget = words?.widget && setting.widgets.has(words.widget) ? words.widget : null;
  if (node.const !== undefined) Object.assign(schema, { default: node.const, readOnly: true });

  if (node.enum) {
    const values = node.enum.filter((v) => v !== null);
    schema.enum = values as RJSFSchema["enum"];
    ui["ui:enumNames"] = values.map((v) => choiceWords(String(v), type, node["x-choices"], setting));
    ui["ui:widget"] = widget ?? (values.length <= RADIOS_MAX ? "radio" : "select");
  } else if (schema.type === "object" && node.properties && depth < DEPTH_MAX) {
    schema.properties = {};
    schema.required = node.required ?? [];
    for (const [field, property] of Object.entries(node.properties)) {
      const sub = walk(property, setting, field, depth + 1);
      schema.properties[field] = sub.schema;
      ui[field] = sub.ui;
    }
  } else if (schema.type === "array") {
    const items = typeof node.items === "object" ? node.items : { type: "string" };
    const sub = walk(items, setting, "", depth + 1);
    schema.items = sub.schema;
    ui["items"] = sub.ui;
    const choices = (sub.schema.enum ?? []).length > 0 && schema.uniqueItems === true;
    if (choices) ui["ui:options"] = { enumOptions: (sub.schema.enum ?? []).map((value, i) => ({ value, label: (sub.ui["ui:enumNames"] as string[])[i] ?? String(value) })) };
    if (widget || choices) {
      ui["ui:widget"] = widget ?? "choices";
      // The form library would put empty entries into a list that wants some; a list with a widget of its own begins empty.
      schema["x-min-items"] = schema.minItems;
      delete schema.minItems;
    }
  } else if (schema.type === "boolean") ui["ui:widget"] = "checkbox";
  else if (widget) ui["ui:widget"] = widget;
  else if (node.format === "date") ui["ui:widget"] = "date";
  // Not as `format`: the form library would bring its own widgets and checks.
  if (node.format === "date") schema["x-format"] = "date";
  if (widget === "money") schema["x-fen"] = true;
  if (schema.type === "array") ui["ui:options"] = { ...(ui["ui:options"] as object), itemLabel: bare(schema.title ?? ""), orderable: false };
  return { schema, ui };
}

function choiceWords(value: string, type: string, own: Record<string, Bilingual> | undefined, { text, lang }: Setting): string {
  const choices = text?.choice ?? {};
  const words = own?.[value] ?? choices[`${type}.${value}`] ?? Object.entries(choices).find(([key]) => key.endsWith(`.${value}`))?.[1];
  return pickIn(lang, words) || humanise(value);
}

/** A label without its note in brackets: 股东（经营者） names a list, 股东 an entry of it. */
export const bare = (label: string): string => label.replace(/\s*[（(][^（()）]*[)）]\s*$/, "") || label;

/** Of last resort: a name of the schema as words. */
export function humanise(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface FormSection {
  title: string;
  fields: string[];
}

/** The sections of a form as the service's texts group them; fields that no group names come last. */
export function sectionsOf(root: Schema, prepared: Prepared, lang: Lang, fallback: string): FormSection[] {
  const all = Object.keys(prepared.schema.properties ?? {});
  const sections = (root["x-sections"] ?? []).map((s) => ({ title: pickIn(lang, s.title), fields: s.fields.filter((f) => all.includes(f)) }));
  const rest = all.filter((f) => !sections.some((s) => s.fields.includes(f)));
  if (rest.length > 0) sections.push({ title: fallback, fields: rest });
  return sections.filter((s) => s.fields.length > 0);
}

/** The part of a prepared form that a section shows. */
export function only(prepared: Prepared, fields: string[]): Prepared {
  const properties = Object.fromEntries(fields.map((f) => [f, prepared.schema.properties?.[f] ?? {}]));
  const required = (prepared.schema.required ?? []).filter((f) => fields.includes(f));
  return { schema: { ...prepared.schema, title: "", properties, required }, ui: prepared.ui };
}
