// What the browser tests stand on: the real program on a fresh store, a real Chromium, and axe. Whatever is missing fails the run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
const SHOTS = fileURLToPath(new URL("./shots/", import.meta.url));
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
];
/** How long the first start may take: it loads a whole demonstration city. */
const START_MS_MAX = 180_000;

/** A port that nobody listens on just now. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts the program named by QIANHAI_BIN on an empty store; `host` is what browsers call it, `settings` writes a file of the operator's. */
export async function startServer({ host = "127.0.0.1", settings } = {}) {
  const bin = process.env.QIANHAI_BIN;
  assert.ok(bin, "QIANHAI_BIN names the program under test; it is not set");
  const store = mkdtempSync(join(tmpdir(), "qianhai-e2e-"));
  const port = await freePort();
  const more = settings ? ["--settings", settings(store, port)] : [];
  const child = spawn(bin, ["serve", "--store", store, "--listen", `127.0.0.1:${port}`, ...more], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (d) => (output += d));
  child.stderr.on("data", (d) => (output += d));
  const base = `http://${host}:${port}`;
  const begun = Date.now();
  for (;;) {
    assert.equal(child.exitCode, null, `the program ended at once:\n${output}`);
    assert.ok(Date.now() - begun < START_MS_MAX, `the program did not answer in ${START_MS_MAX} ms:\n${output}`);
    const answer = await fetch(`${base}/api/services`).catch(() => null);
    if (answer?.ok) break;
    await new Promise((wait) => setTimeout(wait, 250));
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(store, { recursive: true, force: true });
  };
  return { base, stop, output: () => output };
}

/** The accounts that the first start printed, one a line: name of the account, password, and what it is there for. */
export function accountsOf(output) {
  const rows = output.split("\n").map((line) => /^ {2}([a-z][a-z0-9.-]*) +(\S+) {2}(\S.*)$/.exec(line)).filter(Boolean);
  assert.ok(rows.length > 0, `the first start printed no accounts:\n${output}`);
  return rows.map(([, account, password, note]) => ({ account, password, note }));
}

export function passwordOf(output, account) {
  const found = accountsOf(output).find((a) => a.account === account);
  assert.ok(found, `the first start printed no account ${account}:\n${output}`);
  return found.password;
}

/** A fresh browser: empty profile, the given window and language. */
export async function openBrowser({ width, height }) {
  assert.ok(existsSync(CHROMIUM), `no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM_BIN`);
  const profile = mkdtempSync(join(tmpdir(), "qianhai-profile-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: FLAGS, viewport: { width, height }, locale: "zh-CN" });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(`page error: ${e.message}`));
  page.on("console", (m) => {
    // Answers that are part of the story (not signed in, refused, not there yet) are no complaint; anything else is.
    if (m.type() === "error" && !/status of (401|404|409|422)/.test(m.text())) complaints.push(`console: ${m.text()}`);
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, complaints, close };
}

/** No serious or critical violation, no sideways scrolling, the language of the document as chosen; and a picture for people to look at. */
export async function inspect(page, name, lang) {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(100);
  mkdirSync(SHOTS, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  // Through the debugger, because the page's own policy lets no foreign script in.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  const told = serious.map((v) => `${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => `    ${n.html}\n    ${n.failureSummary}`).join("\n")}`).join("\n");
  assert.equal(serious.length, 0, `${name}: axe found\n${told}`);
  const headings = violations.filter((v) => ["heading-order", "page-has-heading-one", "region", "landmark-one-main"].includes(v.id)).map((v) => `${v.id}: ${v.nodes[0]?.html}`);
  assert.deepEqual(headings, [], `${name}: headings and landmarks`);
  assert.equal(await page.evaluate(() => document.documentElement.lang), lang === "zh" ? "zh-CN" : "en", `${name}: language of the document`);
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `${name}: the page is ${inner} wide in a window of ${outer}`);
}

/** A citizen identity number with its check character (GB 11643). */
export function citizenId(division, birth, order) {
  const body = `${division}${birth}${String(order).padStart(3, "0")}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((s, w, i) => s + w * Number(body[i]), 0);
  return body + "10X98765432"[sum % 11];
}
