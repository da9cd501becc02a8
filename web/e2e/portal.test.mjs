// The portal around the services, on the invented city: the front door, faults in a form, drafts, the officer's desk, notices, preferences, figures.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { citizenId, DESKTOP, inspect, onlyChinese, openBrowser, PHONE, signIn, passwordOf, startServer, until } from "./harness.mjs";
import { fillSections } from "./fill.mjs";

// Demonstration people; they are in every new city, and nobody real.
const LIN = { account: "lin.xiaoyu", name: "林晓雨", number: citizenId("440399", "19920318", 102) };
const CHEN = { account: "chen.zhiyuan", name: "陈致远", number: citizenId("440399", "19881102", 215) };
const OFFICERS = ["officer.huang", "officer.xu"];
/** So many addresses the page lists before it asks for a filter. */
const SHOWN = 60;
const APPLY = "/services/instant-registration/apply";

/** The portal's words that the tests look for; the services' own words come from the server. */
const WORDS = {
  zh: { search: "搜索事项", next: "保存并继续", submit: "提交申请", cases: "我的办件", summary: /处需要修改/, notFound: "没有找到这个页面", building: "该事项正在建设中", query: "秒批", saved: /保存到您的账户/, resume: /^继续填写/, changed: "这份草稿已在另一个窗口中修改", theirs: "使用另一份", handOver: "移交", review: "连续审查", table: "以表格显示", save: "保存设置", kept: "设置已保存", large: "大字版", readAll: "全部标为已读", rate: "提交评价", thanks: /谢谢您的评价/ },
  en: { search: "Search services", next: "Save and continue", submit: "Submit application", cases: "My cases", summary: /to correct/, notFound: "Page not found", building: "This service is in preparation", query: "registration", saved: /saved to your account/, resume: /^Go on/, changed: "This draft was changed in another window", theirs: "Use the other one", handOver: "Hand over", review: "Review in sequence", table: "Show as table", save: "Save", kept: "Your settings are saved", large: "Large text", readAll: "Mark all as read", rate: "Send rating", thanks: /Thank you for your rating/ },
};

let city;
before(async () => { city = await startServer(); });
after(async () => { await city?.stop(); });

const taken = new Set();
/** A seat that may be used and that no other test has: an office in use, found in the register as the page itself would find it. */
async function findSeat() {
  const { divisions } = await (await fetch(`${city.base}/api/zone`)).json();
  for (const { code } of divisions.filter((d) => d.code.length === 12)) {
    const answer = await fetch(`${city.base}/api/services/instant-registration/ask/find-addresses`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ community: code }) });
    const { addresses = [] } = await answer.json();
    const seat = addresses.slice(0, SHOWN).find((a) => a.use === "office" && a.state === "standing" && !taken.has(a.code));
    if (!seat) continue;
    taken.add(seat.code);
    return seat.code;
  }
  throw new Error("the city has no office left");
}

/** A company of one person, or of two halves. */
async function registration(name, number, partners = [LIN]) {
  const paper = (p) => ({ kind: "citizen-id", number: p === LIN ? number : p.number });
  const role = (role) => ({ name: LIN.name, paper: paper(LIN), role });
  return {
    kind: "limited-company", name, industry: "I6513", scope: ["I6513"], address: await findSeat(), capital_fen: 100_000_000, pay_by: new Date(Date.now() + 3 * 365 * 86_400_000).toISOString().slice(0, 10),
    holders: partners.map((p) => ({ name: p.name, paper: paper(p), amount_fen: 100_000_000 / partners.length, percent: String(100 / partners.length), method: "currency" })),
    officers: [role("legal-representative"), role("director")], articles: "single-director", sign: true,
  };
}

/** Opens a case through the API as whoever is signed in on the page: the form is played elsewhere. */
async function open(page, input) {
  const answer = await page.evaluate(async (body) => {
    const { csrf } = await (await fetch("/api/me")).json();
    const opened = await fetch("/api/services/instant-registration/cases", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(body) });
    return { status: opened.status, body: await opened.json() };
  }, input);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

/** The server holds a draft with this name. */
async function savedAs(page, name) {
  const held = () => page.evaluate(async () => (await (await fetch("/api/drafts/instant-registration")).json()).answers?.name);
  assert.ok(await until(async () => (await held()) === name), `the server has no draft of ${name}, but of ${await held()}; the page says: ${await page.locator(".draft").innerText()}`);
}

const plays = [
  { lang: "zh", size: DESKTOP, on: "desktop", name: "深圳市翯澍软件有限公司", pair: ["深圳市甪彧软件有限公司", "深圳市犇燚软件有限公司"] },
  { lang: "en", size: PHONE, on: "phone", name: "深圳市玥燚软件有限公司", pair: ["深圳市璟翀软件有限公司", "深圳市垚瀚软件有限公司"] },
];

for (const { lang, size, on, name, pair } of plays) {
  const w = WORDS[lang];
  const right = LIN.number;
  const wrong = right.slice(0, 17) + (right.endsWith("0") ? "1" : "0");

  describe(`${lang}, ${on}`, () => {
    let window;
    let page;
    const go = (path) => page.goto(city.base + path);
    const look = async (shot) => {
      await inspect(page, `portal-${lang}-${on}-${shot}`, lang);
      if (lang === "zh") await onlyChinese(page, shot);
    };
    before(async () => { window = await openBrowser(size); page = window.page; });
    after(async () => { await window?.close(); });

    test("the front door: every service is found, and nothing is hidden from a reader of screens", async () => {
      await go(`/?lang=${lang}`);
      await page.locator(".service-card").first().waitFor();
      const { chapters } = await (await fetch(`${city.base}/api/services`)).json();
      const all = chapters.flatMap((c) => c.services);
      assert.equal(await page.locator(".service-card").count(), all.length);
      await look("home");
      await page.getByRole("searchbox", { name: w.search }).fill(w.query);
      await page.locator("#found-title").waitFor();
      assert.equal(await page.locator(".service-card a").first().getAttribute("href"), "/services/instant-registration");
      await go(`/services/${all.find((s) => !s.open).slug}`);
      await page.getByText(w.building).waitFor();
      await look("unbuilt");
      await go("/nowhere");
      await page.getByRole("heading", { name: w.notFound }).waitFor();
      await look("not-found");
      await go("/cases");
      await page.waitForURL(/\/login\?next=%2Fcases/);
      await look("login");
    });

    test("the keyboard: the way to the content is the first stop, and a new page takes the focus", async () => {
      await go("/");
      await page.locator(".service-card").first().waitFor();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
      await page.locator(".service-card a").first().press("Enter");
      await page.waitForURL(/\/services\//);
      await page.waitForFunction(() => document.activeElement?.id === "main");
    });

    test("an empty section isn't passed, a short number is told before it is sent, a wrong one comes back with a link to its field", async () => {
      await signIn(page, city.base, lang, LIN.account, passwordOf(city.output(), LIN.account));
      await go(APPLY);
      await page.getByRole("button", { name: w.next }).click();
      await page.getByRole("heading", { name: w.summary }).waitFor();
      await look("apply-missing");
      await fillSections(page, await registration(name, wrong), w, async () => {});
      await page.getByRole("button", { name: w.submit }).click();
      await page.getByRole("heading", { name: w.summary }).waitFor();
      await look("apply-faults");
      await page.locator(".error-summary a").first().click();
      await page.waitForFunction(() => document.activeElement?.id === "f/holders/0/paper/number");
      assert.equal(await page.locator('[id="f/holders/0/paper/number"]').getAttribute("aria-invalid"), "true");
    });

    test("the draft is on the server: another window takes it up, and two windows don't overwrite each other", async () => {
      await page.locator(".draft", { hasText: w.saved }).waitFor();
      await go("/cases");
      await page.getByRole("link", { name: w.resume }).waitFor();
      await look("cases-drafts");
      const other = await openBrowser(size);
      try {
        await signIn(other.page, city.base, lang, LIN.account, passwordOf(city.output(), LIN.account));
        await page.getByRole("link", { name: w.resume }).click();
        await page.locator(".apply-main h1").waitFor();
        await other.page.goto(`${city.base}${APPLY}?step=1`);
        await other.page.locator('[id="f/name"]').fill(`${name.slice(0, -4)}科技有限公司`);
        const theirs = `${name.slice(0, -4)}科技有限公司`;
        await savedAs(other.page, theirs);
        await go(`${APPLY}?step=1`);
        await page.locator('[id="f/name"]').waitFor();
        assert.equal(await page.locator('[id="f/name"]').inputValue(), theirs);
        await other.page.locator('[id="f/name"]').fill("深圳市");
        await savedAs(other.page, "深圳市");
        await page.locator('[id="f/name"]').fill(name);
        await page.getByText(w.changed).first().waitFor();
        await look("draft-changed");
        await page.getByRole("button", { name: w.theirs }).click();
        await page.waitForFunction(() => document.getElementById("f/name")?.value === "深圳市");
      } finally {
        await other.close();
      }
    });

    test("mended, it is approved at once; the draft is gone, the notice is read, the case is rated and printed", async () => {
      await go(`${APPLY}?step=1`);
      await page.locator('[id="f/name"]').fill(name);
      const { holders, officers } = await registration(name, right);
      await fillSections(page, { name, holders, officers }, w, async () => {});
      await page.getByRole("button", { name: w.submit }).click();
      await page.locator(".receipt").waitFor();
      const id = (await page.locator(".receipt-number .code").textContent()).trim();
      await go(`/cases/${id}`);
      await page.locator(".licence").waitFor();
      await page.locator(".star").nth(4).click();
      await page.getByRole("button", { name: w.rate }).click();
      await page.getByText(w.thanks).waitFor();
      await look("case-rated");
      await go(`/cases/${id}/sheet`);
      await page.locator(".sheet-timeline li").first().waitFor();
      await look("sheet");
      await go("/cases");
      await page.locator(".case-line").first().waitFor();
      assert.equal(await page.locator(".draft-line").count(), 0);
      await go("/notices");
      await page.getByRole("button", { name: w.readAll }).click();
      await page.waitForFunction(() => !document.querySelector(".unread") && !document.querySelector(".badge"));
      await look("notices");
    });

    test("preferences: large text reaches the account, and every page holds it without scrolling sideways", async () => {
      await go("/preferences");
      await page.getByRole("checkbox", { name: w.large }).check();
      await page.getByRole("button", { name: w.save, exact: true }).click();
      await page.getByText(w.kept).waitFor();
      await look("preferences-large");
      for (const path of ["/", "/cases", "/notices", "/looks", APPLY]) {
        await go(path);
        await page.locator("h1").first().waitFor();
        assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "20px");
        await look(`large-${path.split("/").at(-1) || "home"}`);
      }
      await go("/preferences");
      await page.getByRole("checkbox", { name: w.large }).uncheck();
      await page.getByRole("button", { name: w.save, exact: true }).click();
      await page.getByText(w.kept).waitFor();
    });

    test("the desk: filters in the address, keys, review in sequence, hand-over; and the figures", async () => {
      const opened = [];
      for (const company of pair) opened.push((await open(page, await registration(company, right, [LIN, CHEN]))).id);
      await signIn(page, city.base, lang, OFFICERS[0], passwordOf(city.output(), OFFICERS[0]));
      await go("/desk?service=instant-registration&order=opened");
      for (const id of opened) await page.locator(`[data-case="${id}"]`).waitFor();
      await look("desk");
      await page.locator("body").press("j");
      assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute("data-case")));
      await page.keyboard.press("?");
      await page.locator("dialog[open]").waitFor();
      await look("desk-keys");
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      for (const id of opened) await page.locator("tr", { has: page.locator(`[data-case="${id}"]`) }).getByRole("checkbox").check();
      await page.getByRole("button", { name: w.review, exact: true }).click();
      await page.waitForURL(/\/desk\/review/);
      await page.locator("#review-title").waitFor();
      await look("review");
      await page.goBack();
      for (const id of opened) await page.locator("tr", { has: page.locator(`[data-case="${id}"]`) }).getByRole("checkbox").check();
      await page.locator(".selection").getByRole("button", { name: w.handOver, exact: true }).click();
      await page.locator("#hand-to").selectOption({ index: 1 });
      await page.locator("#hand-reason").fill("休假");
      await look("desk-hand-over");
      await page.locator("dialog button[type=submit]").click();
      await page.locator(".notice-good").waitFor();
      await go(`/cases/${opened[0]}`);
      await page.locator("#assignment-title").waitFor();
      await page.getByText("休假").first().waitFor();
      await go("/figures");
      await page.locator(".chart svg").first().waitFor();
      await look("figures");
      await page.getByRole("button", { name: w.table }).click();
      await page.locator(".scroll table").waitFor();
      await look("figures-table");
    });

    test("whose data was looked at is told by whom", async () => {
      await signIn(page, city.base, lang, LIN.account, passwordOf(city.output(), LIN.account));
      await go("/looks");
      await page.locator("tbody tr").first().waitFor();
      await look("looks");
    });

    test("nothing went wrong unseen", () => {
      assert.deepEqual(window.complaints, []);
    });
  });
}
