// Every service's story, played by its people in the browser: in both languages, on a desktop and on a phone, each on a store of its own.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DESKTOP, inspect, onlyChinese, openBrowser, PHONE, signIn, startStage, storyOf, until } from "./harness.mjs";
import { fillIn, fillSections } from "./fill.mjs";

/** The portal's own words that the player looks for; those of a service come from the service. */
const WORDS = {
  zh: { next: "保存并继续", submit: "提交申请", confirm: "确认提交", received: "申请已提交", apply: "在线申请" },
  en: { next: "Save and continue", submit: "Submit application", confirm: "Confirm", received: "Application received", apply: "Apply online" },
};
const SIZES = { desktop: DESKTOP, phone: PHONE };

const root = fileURLToPath(new URL("../../services/", import.meta.url));
const stories = readdirSync(root, { recursive: true })
  .filter((path) => path.endsWith("story.json"))
  .sort()
  .map((path) => storyOf(readFileSync(root + path, "utf8")));
assert.ok(stories.length > 0, "there are no stories to play");

const plays = stories.flatMap((story) => ["zh", "en"].flatMap((lang) => ["desktop", "phone"].map((on) => ({ story, lang, on }))));

// Two at a time: one waits for its pages while the other's are drawn.
describe("stories", { concurrency: 2 }, () => {
  for (const { story, lang, on } of plays) {
    test(`${story.service}, ${lang}, ${on}: ${story.title[lang]}`, async () => {
      const stage = await startStage(story);
      const player = new Player(story, stage, lang, on);
      try {
        for (const [n, step] of story.steps.entries()) {
          await player.play(step, n).catch((error) => {
            error.message = `step ${n + 1}, “${step.tell[lang]}”: ${error.message}`;
            throw error;
          });
        }
        assert.deepEqual(player.complaints, []);
      } finally {
        await player.close();
        await stage.stop();
      }
    });
  }
});

/** Pages that were inspected already, by language, size, service and what is on them: a story comes by some of them many times. */
const inspected = new Set();

class Player {
  complaints = [];
  #windows = new Map();
  #services = new Map();
  /** The cases that were opened on the pages, by service: number and who opened it. */
  #opened = new Map();

  constructor(story, stage, lang, on) {
    Object.assign(this, { story, stage, lang, on, words: WORDS[lang] });
  }

  async close() {
    for (const window of this.#windows.values()) await window.close();
  }

  /** The page of one of the cast, signed in. */
  async pageOf(account) {
    let window = this.#windows.get(account);
    if (!window) {
      window = await openBrowser(SIZES[this.on], this.complaints);
      this.#windows.set(account, window);
      await signIn(window.page, this.stage.base, this.lang, account, this.stage.passwordOf(account));
    }
    return window.page;
  }

  async look(page, slug, n, name) {
    const kind = [this.lang, this.on, slug, name].join("/");
    if (inspected.has(kind)) return;
    inspected.add(kind);
    const shot = `story-${this.story.service}-${this.lang}-${this.on}-${String(n + 1).padStart(2, "0")}-${name}`;
    await inspect(page, shot, this.lang);
    if (this.lang === "zh") await onlyChinese(page, shot);
  }

  /** What the server says to whoever is signed in on the page. */
  async api(page, path) {
    return page.evaluate(async (path) => {
      const answer = await fetch(path);
      return { status: answer.status, body: await answer.json().catch(() => null) };
    }, path);
  }

  async service(slug) {
    if (!this.#services.has(slug)) this.#services.set(slug, await (await fetch(`${this.stage.base}/api/services/${slug}`)).json());
    return this.#services.get(slug);
  }

  slugOf(step) {
    return step.at ?? this.story.service;
  }

  /** The case that a step is about, with someone who may see it: one that was opened on the pages, or one that such a case led to. */
  async caseOf(step) {
    const own = this.#opened.get(this.slugOf(step));
    if (own) return own;
    const found = await until(async () => {
      for (const { id, by } of this.#opened.values()) {
        const page = await this.pageOf(by);
        const seen = [id];
        for (const one of seen) {
          const { links = [] } = (await this.api(page, `/api/cases/${one}`)).body;
          const link = links.find((l) => l.service === step.at);
          if (link) return { id: link.case, by };
          for (const l of links) if (!seen.includes(l.case)) seen.push(l.case);
        }
      }
      return null;
    });
    assert.ok(found, `no case led to one of ${step.at}`);
    return found;
  }

  /** `{of:service:/pointer}` in an input stands for what is there in the case of that service. */
  async withValues(input) {
    let text = JSON.stringify(input ?? {});
    for (const [whole, service, pointer] of text.matchAll(/\{of:([^:}]+):([^}]+)\}/g)) {
      const { id, by } = this.#opened.get(service);
      const { body } = await this.api(await this.pageOf(by), `/api/cases/${id}`);
      text = text.replace(whole, at(body, pointer));
    }
    return JSON.parse(text);
  }

  async play(told, n) {
    const step = { ...told, input: await this.withValues(told.input) };
    if (step.as && step.do) await this.act(step, n);
    if (step.refused) return;
    const { id, by } = await this.caseOf(step);
    if (step.look) {
      const seen = await this.api(await this.pageOf(by), `/api/cases/${id}/${step.look}`);
      assert.equal(seen.status, 200, JSON.stringify(seen.body));
      expectAll(seen.body, step.expect);
    }
    if (step.status) await this.settle(step, n, id, step.as ?? by);
  }

  async act(step, n) {
    const service = await this.service(this.slugOf(step));
    const page = await this.pageOf(step.as);
    if (service.openings.includes(step.do)) return this.open(page, service, step, n);
    await this.goToCase(page, step, (await this.caseOf(step)).id);
    const button = page.locator(".panel-actions").getByRole("button", { name: service.text.action[step.do][this.lang], exact: true });
    // What would be refused is not offered, or the page says why it was.
    if (step.refused && (await button.count()) === 0) return this.look(page, service.slug, n, `${step.do}-not-offered`);
    await button.click();
    await fillIn(page, step.input);
    await this.look(page, service.slug, n, step.do);
    await page.locator(".action-form").getByRole("button", { name: this.words.confirm, exact: true }).click();
    const told = page.locator(".notice-good, .error-summary, .notice-bad").first();
    await told.waitFor();
    assert.equal(await told.evaluate((e) => e.classList.contains("notice-good")), !step.refused, await told.innerText());
    await this.look(page, service.slug, n, `${step.do}-${step.refused ?? "done"}`);
  }

  /** An officer comes to the case over the desk, a person over the list of their own. */
  async goToCase(page, step, id) {
    const officer = this.story.cast[step.as].agency !== undefined;
    await page.goto(`${this.stage.base}/${officer ? "desk" : "cases"}`);
    await page.locator(`main a[href="/cases/${id}"]`).first().click();
    await page.locator(".case-title").waitFor();
    await page.locator(".timeline li").first().waitFor();
  }

  async open(page, service, step, n) {
    await page.goto(`${this.stage.base}/services/${service.slug}`);
    const words = service.openings.length > 1 ? service.text.action[step.do][this.lang] : this.words.apply;
    const link = page.getByRole("link", { name: words, exact: true }).first();
    await link.waitFor({ timeout: 5000 });
    await this.look(page, service.slug, n, "guide");
    await link.click();
    await page.locator(".apply-main h1").waitFor();
    // What was refused before is a draft, which opens where it was left.
    const here = new URL(page.url());
    here.searchParams.set("step", "1");
    await page.goto(here.href);
    await fillSections(page, step.input, this.words, (section, kind) => this.look(page, service.slug, n, `${step.do}-${section}-${kind}`));
    await page.getByRole("button", { name: this.words.submit, exact: true }).click();
    await page.locator(".receipt, .error-summary, .notice-bad").first().waitFor();
    assert.equal(await page.locator(".receipt").count(), step.refused ? 0 : 1, await page.locator("main").innerText());
    if (step.refused) return this.look(page, service.slug, n, step.refused);
    await this.look(page, service.slug, n, "receipt");
    const id = (await page.locator(".receipt-number .code").textContent()).trim();
    this.#opened.set(service.slug, { id, by: step.as });
  }

  /** The case comes to the status that is told, or has gone on from it to one that is told later or to its good end: the outbox does not wait for us. */
  async settle(step, n, id, reader) {
    const later = this.story.steps.slice(n).filter((s) => s.at === step.at && s.status).map((s) => s.status);
    const page = await this.pageOf(reader);
    let seen;
    const came = await until(async () => {
      seen = (await this.api(page, `/api/cases/${id}`)).body;
      return later.includes(seen.status) || (seen.closed && seen.steps.every((s) => s.state !== "stopped"));
    });
    const { status } = seen;
    assert.ok(came, `the status is ${status}, told is ${step.status}`);
    await page.goto(`${this.stage.base}/cases/${id}`);
    await page.locator(".timeline li").first().waitFor();
    await this.look(page, this.slugOf(step), n, status);
    const text = await page.locator("main").innerText();
    for (const { paper } of Object.values(this.story.cast)) if (paper) assert.ok(!text.includes(paper.number), "an identity number stands on the page in full");
  }
}

const at = (body, pointer) => pointer.split("/").slice(1).reduce((here, part) => here?.[part], body);

function expectAll(body, expected = {}) {
  for (const [pointer, value] of Object.entries(expected)) assert.deepEqual(at(body, pointer), value, `at ${pointer}`);
}
