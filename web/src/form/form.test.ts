import { describe, expect, it } from "vitest";
import type { Schema } from "../api/types";
import { labelAt, missing, tidy } from "./answers";
import { only, plain, prepare, sectionsOf } from "./prepare";

const text = (zh: string, en: string, widget?: string) => ({ zh, en, ...(widget ? { widget } : {}) });

/** The constructs that the server's generator writes: references, nulls, documented and plain enums, tagged unions. */
const schema: Schema = {
  type: "object",
  required: ["name", "capital_fen", "kind", "holders", "sign"],
  "x-sections": [{ title: text("名称", "Name"), fields: ["name", "kind", "gone"] }, { title: text("股东", "Holders"), fields: ["holders"] }],
  properties: {
    name: { type: "string", "x-text": text("企业名称", "Company name", "name") },
    kind: { $ref: "#/$defs/Kind", "x-text": text("类型", "Kind") },
    capital_fen: { type: "integer", "x-text": text("注册资本", "Capital", "money") },
    pay_by: { type: ["string", "null"], format: "date" },
    deputy: { anyOf: [{ $ref: "#/$defs/Holder" }, { type: "null" }] },
    holders: { type: "array", minItems: 1, items: { $ref: "#/$defs/Holder" }, "x-text": text("股东", "Holders") },
    sign: { type: "boolean" },
  },
  $defs: {
    Kind: { oneOf: [{ type: "string", const: "limited-company" }, { type: "string", enum: ["sole-proprietor", "branch"] }], "x-choices": { "limited-company": text("有限公司", "Limited") } },
    Holder: { type: "object", required: ["name", "paper"], properties: { name: { type: "string", "x-text": text("姓名", "Name") }, paper: { $ref: "#/$defs/Paper" } } },
    Paper: {
      oneOf: [
        { type: "object", required: ["kind", "number"], properties: { kind: { type: "string", const: "citizen-id" }, number: { type: "string", pattern: "^.{18}$", "x-text": text("号码", "Number") } } },
        { type: "object", required: ["kind", "number", "country"], properties: { kind: { type: "string", const: "passport" }, number: { type: "string" }, country: { type: "string" } } },
      ],
    },
  },
};
const words = { choice: { "Paper.citizen-id": text("居民身份证", "Identity card"), "Kind.branch": text("分公司", "Branch") } };
const prepared = prepare(schema, "zh", words, new Set(["name", "money"]));
const properties = prepared.schema.properties as Record<string, Record<string, unknown>>;

describe("prepare", () => {
  it("speaks the reader's language", () => {
    expect(properties["name"]!["title"]).toBe("企业名称");
    expect((prepare(schema, "en", words, new Set()).schema.properties!["name"] as { title: string }).title).toBe("Company name");
  });
  it("uses a widget only if there is one", () => {
    expect(prepared.ui["capital_fen"]["ui:widget"]).toBe("money");
    expect(prepare(schema, "zh", words, new Set()).ui["capital_fen"]["ui:widget"]).toBeUndefined();
    expect(prepared.ui["pay_by"]["ui:widget"]).toBe("date");
  });
  it("reads documented enums, and finds words for each choice", () => {
    expect(properties["kind"]!["enum"]).toEqual(["limited-company", "sole-proprietor", "branch"]);
    expect(prepared.ui["kind"]["ui:enumNames"]).toEqual(["有限公司", "Sole proprietor", "分公司"]);
  });
  it("drops null from what is optional", () => {
    expect(properties["pay_by"]!["type"]).toBe("string");
    expect(properties["deputy"]!["type"]).toBe("object");
  });
  it("flattens a tagged union and remembers what belongs to which tag", () => {
    const paper = (properties["holders"]!["items"] as { properties: Record<string, Record<string, unknown>> }).properties["paper"]!;
    expect(Object.keys(paper["properties"] as object)).toEqual(["kind", "number", "country"]);
    expect(paper["x-when"]).toEqual({ tag: "kind", fields: { number: ["citizen-id", "passport"], country: ["passport"] } });
    expect(paper["required"]).toEqual(["kind", "number", "country"]);
  });
  it("ends, even where a schema refers to itself", () => {
    const loop: Schema = { $ref: "#/$defs/Node", $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } }, Self: { $ref: "#/$defs/Self" } } };
    expect(prepare(loop, "zh", null, new Set()).schema.type).toBe("object");
    expect(plain({ $ref: "#/$defs/Self" }, loop.$defs!).type).toBe("Self");
  });
  it("puts every field in exactly one section, also those that no section names", () => {
    const sections = sectionsOf(schema, prepared, "zh", "其他");
    expect(sections.map((s) => s.title)).toEqual(["名称", "股东", "其他"]);
    expect(sections.flatMap((s) => s.fields).sort()).toEqual(Object.keys(properties).sort());
    expect(only(prepared, ["name"]).schema.required).toEqual(["name"]);
  });
});

describe("answers", () => {
  it("that are missing are named where they belong", () => {
    expect(missing(prepared.schema, {}).map((f) => f.pointer)).toEqual(["/name", "/kind", "/capital_fen", "/holders"]);
    const data = { name: "甲", kind: "branch", capital_fen: 0, holders: [{ name: "乙", paper: { kind: "passport" } }] };
    expect(missing(prepared.schema, data).map((f) => f.pointer)).toEqual(["/holders/0/paper/number", "/holders/0/paper/country"]);
    const filled = { ...data, holders: [{ name: "乙", paper: { kind: "citizen-id", number: "1" } }] };
    expect(missing(prepared.schema, filled)).toEqual([]);
  });
  it("are sent without blanks, empty options and the fields of another variant", () => {
    const data = { name: " 甲 ", kind: "branch", capital_fen: 0, pay_by: "", deputy: {}, holders: [{ name: "乙", paper: { kind: "citizen-id", number: "1", country: "X" } }] };
    expect(tidy(prepared.schema, data)).toEqual({
      name: "甲", kind: "branch", capital_fen: 0, sign: false, holders: [{ name: "乙", paper: { kind: "citizen-id", number: "1" } }],
    });
  });
  it("are named by their labels in an error summary", () => {
    expect(labelAt(prepared.schema, ["holders", "0", "paper", "number"])).toContain("股东 1");
    expect(labelAt(prepared.schema, ["holders", "0", "paper", "number"])).toContain("号码");
    expect(labelAt(prepared.schema, ["holders"])).toBe("股东");
    expect(labelAt(prepared.schema, [])).toBe("");
  });
});
