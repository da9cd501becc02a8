// Every service's story, played by its people in the browser: in both languages, on a desktop and on a phone, each on a store of its own.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { closeBrowser, DESKTOP, inspect, onlyChinese, openWindow, PHONE, signIn, startStage, withDays } from "./harness.mjs";
import { fillIn, fillSections } from "./fill.mjs";

/** The portal's own words that the player looks for; those of a service come from the service. */
const WORDS = {
  zh: { next: "保存并继续", submit: "提交申请", confirm: "确认提交", received: "申请已提交", apply: "在线申请" },
  en: { next: "Save and continue", submit: "Submit application", confirm: "Confirm", received: "Application received", apply: "Apply online" },
};
const SIZES = { desktop: DESKTOP, phone: PHONE };
/** How long the outbox may take to carry out what follows from an act. */
const SETTLE_MS_MAX = 20_000;

const root = fileURLToPath(new URL("../../services/", import.meta.url));
const stories = readdirSync(root, { recursive: true })
  .filter((path) => path.endsWith("story.json"))
  .sort()
  .map((path) => JSON.parse(withDays(readFileSync(root + path, "utf8"))));
assert.ok(stories.length > 0, "there are no stories to play");

after(closeBrowser);

for (const story of stories) {
  for (const lang of ["zh", "en"]) {
    for (const on of ["desktop", "phone"]) {
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
  }
}

class Player {
  complaints = [];
  #windows = new Map();
  #case = null;
  #last = null;

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
      window = await openWindow(SIZES[this.on], this.complaints);
      this.#windows.set(account, window);
      await signIn(window.page, this.stage.base, this.lang, account, this.stage.passwordOf(account));
    }
    this.#last = account;
    return window.page;
  }

  shot(n, name) {
    return `story-${this.story.service}-${this.lang}-${this.on}-${String(n + 1).padStart(2, "0")}-${name}`;
  }

  async look(page, n, name) {
    await inspect(page, this.shot(n, name), this.lang);
    if (this.lang === "zh") await onlyChinese(page, this.shot(n, name));
  }

  async api(page, path, body) {
    return page.evaluate(async ({ path, body }) => {
      const answer = await fetch(path, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    }, { path, body });
  }

  async service() {
    return (this._service ??= await (await fetch(`${this.stage.base}/api/services/${this.story.service}`)).json());
  }

  async play(step, n) {
    if (step.as && step.do) await this.act(step, n);
    if (step.look) {
      const page = await this.pageOf(this.#last);
      const seen = await this.api(page, `/api/cases/${this.#case}/${step.look}`);
      assert.equal(seen.status, 200, JSON.stringify(seen.body));
      expectAll(seen.body, step.expect);
    }
    if (step.status && !step.refused) await this.settle(step, n);
  }

  async act(step, n) {
    const service = await this.service();
    const openings = service.openings ?? service.actions.filter((a) => a.who === "applicant").map((a) => a.name).slice(0, 1);
    const opens = openings.includes(step.do);
    const page = await this.pageOf(step.as);
    if (opens && !step.refused) return this.open(page, step, n, openings);
    assert.ok(!opens, "an application that is refused as a whole is told by the service's own tests");
    await this.goToCase(page, step);
    const words = service.text.action[step.do][this.lang];
    const button = page.locator(".panel-actions").getByRole("button", { name: words, exact: true });
    if (step.refused) {
      // What would be refused is not offered, or the page says why it was.
      if ((await button.count()) === 0) return this.look(page, n, "not-offered");
    }
    await button.click();
    await fillIn(page, step.input ?? {});
    await this.look(page, n, step.do);
    await page.locator(".action-form").getByRole("button", { name: this.words.confirm, exact: true }).click();
    const told = page.locator(step.refused ? ".notice-bad" : ".notice-good, .error-summary, .notice-bad").first();
    await told.waitFor();
    if (!step.refused) assert.ok(await told.evaluate((e) => e.classList.contains("notice-good")), await told.innerText());
    await this.look(page, n, `${step.do}-done`);
  }

  /** An officer comes to the case over the desk, a person over the list of their own. */
  async goToCase(page, step) {
    const officer = this.story.cast[step.as].agency !== undefined;
    await page.goto(`${this.stage.base}/${officer ? "desk" : "cases"}`);
    const line = page.locator(`a[href="/cases/${this.#case}"]`).first();
    await line.waitFor();
    await line.click();
    await page.locator(".case-title").waitFor();
    await page.locator(".timeline li").first().waitFor();
  }

  async open(page, step, n, openings) {
    await page.goto(`${this.stage.base}/services/${this.story.service}`);
    const words = openings.length > 1 ? (await this.service()).text.action[step.do][this.lang] : this.words.apply;
    await page.getByRole("link", { name: words, exact: true }).first().waitFor();
    await this.look(page, n, "guide");
    await page.getByRole("link", { name: words, exact: true }).first().click();
    await fillSections(page, step.input, this.words, (section, kind) => this.look(page, n, `${step.do}-${section}-${kind}`));
    await page.getByRole("button", { name: this.words.submit, exact: true }).click();
    await page.locator(".receipt, .error-summary, .notice-bad").first().waitFor();
    assert.equal(await page.locator(".receipt").count(), 1, await page.locator("main").innerText());
    await this.look(page, n, "receipt");
    this.#case = (await page.locator(".receipt-number .code").textContent()).trim();
  }

  /** The case comes to the status that is told, or has gone on from it to one that is told later: the outbox does not wait for us. */
  async settle(step, n) {
    const later = this.story.steps.slice(n).map((s) => s.status).filter(Boolean);
    const page = await this.pageOf(this.#last);
    const until = Date.now() + SETTLE_MS_MAX;
    let seen;
    do {
      seen = (await this.api(page, `/api/cases/${this.#case}`)).body;
      if (later.includes(seen.status)) break;
      await page.waitForTimeout(100);
    } while (Date.now() < until);
    assert.ok(later.includes(seen.status), `the status is ${seen.status}, told is ${step.status}`);
    await page.goto(`${this.stage.base}/cases/${this.#case}`);
    await page.locator(".timeline li").first().waitFor();
    await this.look(page, n, seen.status);
    const text = await page.locator("main").innerText();
    for (const { paper } of Object.values(this.story.cast)) if (paper) assert.ok(!text.includes(paper.number), "an identity number stands on the page in full");
  }
}

function expectAll(body, expected = {}) {
  for (const [pointer, value] of Object.entries(expected)) {
    const found = pointer.split("/").slice(1).reduce((here, part) => here?.[part], body);
    assert.deepEqual(found, value, `at ${pointer}`);
  }
}
