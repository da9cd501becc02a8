// What the browser tests stand on: the real program on a fresh store, a real Chromium, and axe. Whatever is missing fails the run.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
/** How long the first start may take: it may load a whole demonstration city. */
const START_MS_MAX = 180_000;
const DEMO_FIRMS = 2000;
/** How long the outbox, or a page that saves by itself, may take. */
const SETTLE_MS_MAX = 20_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

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

function program() {
  const bin = process.env.QIANHAI_BIN;
  assert.ok(bin, "QIANHAI_BIN names the program under test; it is not set");
  return bin;
}

/** Runs a verb of the program; what it prints. */
function run(...args) {
  return execFileSync(program(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Serves a store; `host` is what browsers call it, `settings` writes a file of the operator's. */
async function serve(store, { host = "127.0.0.1", settings } = {}) {
  const port = await freePort();
  const more = settings ? ["--settings", settings(store, port)] : [];
  const child = spawn(program(), ["serve", "--no-demo", "--store", store, "--listen", `127.0.0.1:${port}`, ...more], { stdio: ["ignore", "pipe", "pipe"] });
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
    await new Promise((wait) => setTimeout(wait, 100));
  }
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(store, { recursive: true, force: true });
  };
  return { base, stop };
}

const freshStore = () => mkdtempSync(join(tmpdir(), "qianhai-e2e-"));

/** The program over the invented city, with its accounts. */
export async function startServer(how) {
  const store = freshStore();
  const told = run("init", "--demo", "--firms", String(DEMO_FIRMS), "--store", store);
  return { ...(await serve(store, how)), output: () => told };
}

/** The accounts that the city was told to have, one a line: name of the account, password, and what it is there for. */
export function passwordOf(told, account) {
  const rows = told.split("\n").map((line) => /^ {2}([a-z][a-z0-9.-]*) +(\S+) {2}(\S.*)$/.exec(line)).filter(Boolean);
  const found = rows.find(([, name]) => name === account);
  assert.ok(found, `the city has no account ${account}:\n${told}`);
  return found[2];
}

const DAY_MS = 86_400_000;
const today = () => Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date()));
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const packOf = (zone) => fileURLToPath(new URL(`../../data/zones/${zone}`, import.meta.url));

/** The n-th working day after today by the zone's calendar: weekends are off but where the State says otherwise. */
function workday(zone, n) {
  const folder = join(packOf(zone), "calendar");
  const told = readdirSync(folder).filter((f) => f.endsWith(".json")).flatMap((f) => JSON.parse(readFileSync(join(folder, f), "utf8")).days);
  const off = new Map(told.map((d) => [d.date, d.isOffDay]));
  let at = today();
  for (let left = n; left > 0; ) {
    at += DAY_MS;
    if (!(off.get(day(at)) ?? [0, 6].includes(new Date(at).getUTCDay()))) left--;
  }
  return day(at);
}

/** `{today+30}` and `{workday+2}` become days in the zone, as the program itself reads a story. */
export function storyOf(text) {
  const { zone } = JSON.parse(text);
  return JSON.parse(text.replace(/\{today([+-]\d+)?\}/g, (_, days) => day(today() + Number(days ?? 0) * DAY_MS)).replace(/\{workday\+(\d+)\}/g, (_, days) => workday(zone, Number(days))));
}

/** The program on a store that holds what a story asks for: its zone, its registers, its people. */
export async function startStage(story) {
  const store = freshStore();
  run("init", "--store", store, "--zone", packOf(story.zone));
  for (const [kind, lines] of Object.entries(story.registers)) {
    const file = join(store, `${kind}.csv`);
    writeFileSync(file, lines.join("\n"));
    run("registers", "load", kind, file, "--store", store);
  }
  const passwords = {};
  for (const [account, role] of Object.entries(story.cast)) {
    const who = role.agency ? ["--agency", role.agency] : ["--id-number", role.paper.number, "--paper", role.paper.kind];
    passwords[account] = /password (\S+)/.exec(run("accounts", "add", account, "--name", role.name, ...who, "--store", store))[1];
  }
  return { ...(await serve(store)), passwordOf: (account) => passwords[account] };
}

let shared;
let windows = 0;

/** A window with an empty profile; whatever its page complains of is kept. One browser serves all, and ends with the last window. */
export async function openBrowser(size, complaints = []) {
  assert.ok(existsSync(CHROMIUM), `no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM_BIN`);
  windows++;
  shared ??= chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const browser = await shared;
  const phone = size.width < 600;
  const context = await browser.newContext({ viewport: size, locale: "zh-CN", hasTouch: phone, isMobile: phone, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (e) => complaints.push(`page error: ${e.message}`));
  page.on("console", (m) => {
    // Answers that are part of the story (not signed in, refused, not there yet) are no complaint; anything else is.
    if (m.type() === "error" && !/status of (401|403|404|409|422)/.test(m.text())) complaints.push(`console: ${m.text()}`);
  });
  const close = async () => {
    await context.close();
    windows--;
    if (windows > 0) return;
    shared = undefined;
    await browser.close();
  };
  return { page, complaints, close };
}

/** No serious or critical violation, no sideways scrolling, the language of the document as chosen; and a picture for people to look at. */
export async function inspect(page, name, lang) {
  await page.waitForFunction(() => !document.querySelector(".loading") && document.querySelector("h1"));
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

/** A Chinese page has no English sentence in it: no run of Latin words but names, codes and what is marked as another language. */
export async function onlyChinese(page, name) {
  const words = await page.evaluate(() => {
    const texts = [];
    const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (node.parentElement.closest('[lang="en"], .code, code, pre, kbd, [aria-hidden=true], option')) continue;
      texts.push(node.data);
    }
    return texts.filter((text) => /[a-z]{3,}\s+[a-z]{2,}/i.test(text) && !/[\u4e00-\u9fff]/.test(text));
  });
  assert.deepEqual(words, [], `${name}: English on a Chinese page`);
}

/** Signs in on the page, as people do. */
export async function signIn(page, base, lang, account, password) {
  assert.ok(password, `no password is known for ${account}`);
  await page.goto(`${base}/login?lang=${lang}`);
  await page.locator("#account").fill(account);
  await page.locator("#password").fill(password);
  await page.locator("form button[type=submit]").first().click();
  await page.waitForURL(/\/(cases|desk)/);
}

/** A citizen identity number with its check character (GB 11643). */
export function citizenId(division, birth, order) {
  const body = `${division}${birth}${String(order).padStart(3, "0")}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((s, w, i) => s + w * Number(body[i]), 0);
  return body + "10X98765432"[sum % 11];
}

/** Asks until it is so; what was found, or the last answer when the time is over. */
export async function until(ask) {
  const end = Date.now() + SETTLE_MS_MAX;
  for (;;) {
    const found = await ask();
    if (found || Date.now() > end) return found;
    await new Promise((wait) => setTimeout(wait, 100));
  }
}
