import { describe, expect, it } from "vitest";
import type { Schema } from "../api/types";
import { check } from "./checks";
import { prepare } from "./prepare";

const root: Schema = {
  type: "object",
  required: ["name", "code", "capital_fen", "kind"],
  properties: {
    name: { type: "string", minLength: 2, maxLength: 4 },
    code: { type: "string", pattern: "^[A-T][0-9]{4}$" },
    capital_fen: { type: "integer", minimum: 100, maximum: 1_000_000_000_00, "x-text": { zh: "资本", en: "Capital", widget: "money" } },
    kind: { enum: ["a", "b"] },
    note: { type: ["string", "null"], maxLength: 3 },
    seats: { type: "integer", minimum: 1, maximum: 9 },
    day: { type: "string", format: "date" },
    odd: { type: "string", pattern: "(?i)^x$" },
    list: { type: "array", maxItems: 1, items: { type: "string", minLength: 2 } },
    paper: {
      oneOf: [
        { type: "object", required: ["kind", "number"], properties: { kind: { const: "card" }, number: { type: "string", minLength: 18 } } },
        { type: "object", required: ["kind", "country"], properties: { kind: { const: "passport" }, country: { type: "string", pattern: "^[A-Z]{3}$" } } },
      ],
    },
  },
};
const { schema } = prepare(root, "zh", null, new Set(["money"]));
const right = { name: "前海", code: "I6513", capital_fen: 100, kind: "a" };
const faults = (change: Record<string, unknown>) => check(schema, { ...right, ...change } as never).map((f) => `${f.pointer} ${f.code}`);
const words = (change: Record<string, unknown>) => check(schema, { ...right, ...change } as never)[0]?.message;

describe("checks before sending", () => {
  it("say nothing of right answers and of optional fields left empty", () => {
    expect(faults({})).toEqual([]);
    expect(faults({ note: "", list: [], day: "2026-11-23" })).toEqual([]);
  });
  it("count characters as people do", () => {
    expect(faults({ name: "海" })).toEqual(["/name too-short"]);
    expect(faults({ name: "一二三四五" })).toEqual(["/name too-long"]);
    expect(faults({ name: "𠮷𠮷𠮷𠮷" })).toEqual([]);
    expect(words({ name: "海" })).toEqual({ zh: "至少 2 个字", en: "At least 2 characters" });
  });
  it("hold patterns against the trimmed text, and leave those that only the server reads to it", () => {
    expect(faults({ code: " I6513 " })).toEqual([]);
    expect(faults({ code: "i6513" })).toEqual(["/code pattern"]);
    expect(faults({ odd: "y" })).toEqual([]);
  });
  it("tell the limits of money in yuan", () => {
    expect(faults({ capital_fen: 99 })).toEqual(["/capital_fen too-small"]);
    expect(words({ capital_fen: 1_000_000_000_01 })).toEqual({ zh: "不得大于 1,000,000,000.00", en: "Not more than 1,000,000,000.00" });
  });
  it("tell what is no number, no whole number, no date", () => {
    expect(faults({ seats: "many" })).toEqual(["/seats type"]);
    expect(faults({ seats: 1.5 })).toEqual(["/seats type"]);
    expect(faults({ seats: 10 })).toEqual(["/seats too-large"]);
    expect(faults({ day: "tomorrow" })).toEqual(["/day format"]);
  });
  it("look into lists, and at the chosen variant only", () => {
    expect(faults({ list: ["ab", "c"] })).toEqual(["/list too-many", "/list/1 too-short"]);
    expect(faults({ paper: { kind: "card", number: "123", country: "x" } })).toEqual(["/paper/number too-short"]);
    expect(faults({ paper: { kind: "passport", country: "x" } })).toEqual(["/paper/country pattern"]);
  });
  it("tell one thing of a field: that it is missing, or what is wrong with it", () => {
    expect(faults({ name: "", code: "?" })).toEqual(["/name missing", "/code pattern"]);
  });
});
