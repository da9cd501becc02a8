import { describe, expect, it } from "vitest";
import { asApiError, errorOf } from "./errors";
import { newKey } from "./client";

const message = { zh: "名称相近", en: "similar" };

describe("error answers", () => {
  it("keep kind, code, words, faults and id", () => {
    const faults = [{ pointer: "/holders/0/paper/number", code: "citizen-id.wrong-check-character", message }];
    const error = errorOf(422, { error: { kind: "bad-input", code: "schema", message, faults } });
    expect(error).toMatchObject({ kind: "bad-input", code: "schema", words: message, faults });
    expect(errorOf(500, { error: { kind: "problem", code: "problem", message, id: "P-1" } }).id).toBe("P-1");
  });
  it("fall back on the status when something between us and the server answered instead", () => {
    const kinds = ([401, 403, 404, 409, 422, 429, 500, 502, 503] as const).map((s) => errorOf(s, "<html>").kind);
    expect(kinds).toEqual(["unauthenticated", "forbidden", "not-found", "refusal", "bad-input", "too-many-requests", "problem", "unavailable", "unavailable"]);
  });
  it("drop faults that have no place or no words, instead of failing on them", () => {
    const faults = [null, { pointer: 3, message }, { pointer: "/a" }, { pointer: "/b", code: "x", message }];
    expect(errorOf(422, { error: { kind: "nonsense", faults } })).toMatchObject({ kind: "bad-input", faults: [{ pointer: "/b" }] });
  });
  it("wrap whatever was thrown", () => {
    expect(asApiError(new TypeError("x")).kind).toBe("problem");
  });
});

describe("idempotency keys", () => {
  it("are UUIDs of version 4 and differ", () => {
    const keys = Array.from({ length: 100 }, newKey);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(keys).size).toBe(100);
  });
});
