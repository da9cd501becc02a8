import { describe, expect, it } from "vitest";
import type { Chapter, Finding } from "../api/types";
import { groupFindings } from "./findings";
import { fenOf, yuanOf } from "./money";
import { belongsTo } from "./passkey";
import { percentOf } from "./percent";
import { at, fieldId, partsOf, pointerOf, within } from "./pointer";
import { search } from "./search";

/** A small generator with a fixed seed: the same cases on every run. */
function* numbers(count: number, max: number) {
  let state = 20210301n;
  for (let i = 0; i < count; i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    yield Number((state >> 11n) % BigInt(max));
  }
}

describe("money", () => {
  it("reads what people write, with commas, full-width digits and signs", () => {
    expect(fenOf("1,000,000")).toBe(100_000_000);
    expect(fenOf("１，０００．５")).toBe(100_050);
    expect(fenOf("¥0.05")).toBe(5);
    expect(fenOf("100000元")).toBe(10_000_000);
    expect(fenOf("0.07")).toBe(7);
    expect(fenOf("1.10")).toBe(110);
  });
  it("never guesses: a third decimal, a misplaced comma, words and amounts that JSON can't carry are no amounts", () => {
    for (const text of ["", "1.005", "1,00", "12,34,567", "一百", "1e5", "NaN", "--1", "90071992547409.92", "9".repeat(30)]) expect(fenOf(text), text).toBeNull();
    expect(fenOf("90071992547409.91")).toBe(Number.MAX_SAFE_INTEGER);
  });
  it("writes and reads back the same fen for any amount", () => {
    for (const fen of numbers(2000, Number.MAX_SAFE_INTEGER)) expect(fenOf(yuanOf(fen))).toBe(fen);
    for (const fen of numbers(200, 1000)) expect(fenOf(yuanOf(-fen))).toBe(fen === 0 ? 0 : -fen);
    expect(yuanOf(100_000_000)).toBe("1,000,000.00");
    expect(yuanOf(5)).toBe("0.05");
  });
});

describe("percent", () => {
  it("is a decimal text with two places between 0 and 100", () => {
    expect(percentOf("60")).toBe("60.00");
    expect(percentOf("33.3%")).toBe("33.30");
    expect(percentOf("１００")).toBe("100.00");
    for (const text of ["", "100.01", "101", "-1", "33.333", "abc", "1e1"]) expect(percentOf(text), text).toBeNull();
  });
  it("is stable: what it writes it reads as the same", () => {
    for (const n of numbers(500, 10_001)) {
      const text = `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`;
      expect(percentOf(text)).toBe(text);
    }
  });
});

describe("pointer", () => {
  it("goes there and back, also through ~ and /", () => {
    const parts = ["holders", "0", "a/b", "c~d", ""];
    expect(partsOf(pointerOf(parts))).toEqual(parts);
    expect(partsOf("")).toEqual([]);
    expect(fieldId("/holders/0/paper/number")).toBe("f/holders/0/paper/number");
  });
  it("finds the value, and nothing where nothing is", () => {
    const value = { holders: [{ paper: { number: "1" } }] };
    expect(at(value, "/holders/0/paper/number")).toBe("1");
    expect(at(value, "/holders/1/paper/number")).toBeUndefined();
    expect(at(value, "")).toBe(value);
  });
  it("knows what lies within what", () => {
    expect(within("/scope/1", "/scope")).toBe(true);
    expect(within("/scope", "/scope")).toBe(true);
    expect(within("/scopes", "/scope")).toBe(false);
  });
});

describe("findings", () => {
  const finding = (element: string, rule: string, outcome: Finding["outcome"]): Finding => {
    const words = { zh: "", en: "" };
    return { element, rule, outcome, element_text: words, name: words, text: words, basis: words, pointer: "", evidence: {} };
  };
  it("stand worst first, elements and rules, and none is lost", () => {
    const groups = groupFindings([
      finding("address", "a1", "pass"), finding("name", "n1", "pass"), finding("people", "p1", "warn"), finding("name", "n2", "block"), finding("people", "p2", "unknown"),
    ]);
    expect(groups.map((g) => [g.element, g.worst])).toEqual([["name", "block"], ["people", "unknown"], ["address", "pass"]]);
    expect(groups[0]!.findings.map((f) => f.rule)).toEqual(["n2", "n1"]);
    expect(groups.flatMap((g) => g.findings)).toHaveLength(5);
  });
});

describe("search", () => {
  const line = (number: number, slug: string, zh: string, en: string, open = false) => ({
    number, slug, open, name: { zh, en }, summary: { zh: "", en: "" }, agency: { zh: "市市场监管局", en: "Market Regulation" },
  });
  const chapters: Chapter[] = [
    { id: "a", name: { zh: "", en: "" }, services: [line(19, "cash-pool", "跨境资金池", "Cross-border cash pool"), line(1, "instant-registration", "企业登记“秒批”", "Instant registration", true)] },
  ];
  const slugs = (query: string) => search(chapters, query).map((s) => s.slug);
  it("finds by either language, by parts of words, in any case", () => {
    expect(slugs("秒批")).toEqual(["instant-registration"]);
    expect(slugs("CASH pool")).toEqual(["cash-pool"]);
    expect(slugs("市场监管")).toEqual(["instant-registration", "cash-pool"]);
    expect(slugs("没有的")).toEqual([]);
    expect(slugs("  ")).toEqual([]);
  });
});

describe("the domain of passkeys", () => {
  it("is the host or stands above it, at a dot", () => {
    expect(["example.cn", "portal.example.cn"].every((host) => belongsTo("example.cn", host))).toBe(true);
    expect(["badexample.cn", "example.cn.evil", "cn", "127.0.0.1"].some((host) => belongsTo("example.cn", host))).toBe(false);
  });
});
