// The story of a registration, as people live it: in Chinese on a desktop and in English on a phone, and each the other way round.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accountsOf, citizenId, inspect, openBrowser, passwordOf, startServer } from "./harness.mjs";

// Demonstration people; they are in every new store, and nobody real.
const LIN = { account: "lin.xiaoyu", name: "林晓雨", number: citizenId("440399", "19920318", 102) };
const CHEN = { account: "chen.zhiyuan", name: "陈致远", number: citizenId("440399", "19881102", 215) };
const OFFICER = /officer at the desk/;
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

/** The portal's words that the tests look for; the services' own words come from the server. */
const WORDS = {
  zh: {
    login: "登录", account: "账户", password: "密码", search: "搜索事项", next: "保存并继续", submit: "提交申请", check: "核对信息", received: "申请已提交", view: "查看办件",
    why: "为什么是这个结果", licence: "营业执照", cases: "我的办件", summary: /处需要修改/, add: /^添加/, district: "区", street: "街道", community: "社区", filter: "按楼名或房号筛选",
    code: "统一社会信用代码", notices: "消息", notFound: "没有找到这个页面", apply: "在线申请", building: "该事项正在建设中", block: "不符合", basis: "依据", timeline: "办理经过",
  },
  en: {
    login: "Sign in", account: "Account", password: "Password", search: "Search services", next: "Save and continue", submit: "Submit application", check: "Check your answers",
    received: "Application received", view: "View the case", why: "Why this result", licence: "Business Licence", cases: "My cases", summary: /to correct/, add: /^Add:/,
    district: "District", street: "Street", community: "Community", filter: "Filter by building or room", code: "Unified social credit code", notices: "Notices",
    notFound: "Page not found", apply: "Apply online", building: "This service is in preparation", block: "Not satisfied", basis: "Basis", timeline: "Timeline",
  },
};

let server;
before(async () => {
  server = await startServer();
});
after(async () => {
  await server?.stop();
});

/** Labels of the form in the reader's language, read from the service itself. */
async function labels(lang) {
  const service = await (await fetch(`${server.base}/api/services/instant-registration`)).json();
  const { field, choice, section } = service.text;
  return { of: (key) => field[key][lang], choice: (key) => choice[key][lang], sections: section.map((s) => s.title[lang]) };
}

async function signIn(page, lang, account) {
  const w = WORDS[lang];
  await page.goto(`${server.base}/login?lang=${lang}`);
  await page.getByLabel(w.account, { exact: true }).fill(account);
  await page.getByLabel(w.password, { exact: true }).fill(passwordOf(server.output(), account));
  await page.locator("form").getByRole("button", { name: w.login }).click();
  await page.waitForURL(/\/(cases|desk)/);
}

/** A seat that may be used: an office in use, found in the register as the page itself would find it. */
async function findSeat() {
  const { divisions } = await (await fetch(`${server.base}/api/zone`)).json();
  for (const { code } of divisions.filter((d) => d.code.length === 12)) {
    const answer = await fetch(`${server.base}/api/services/instant-registration/ask/find-addresses`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ community: code }),
    });
    const { addresses = [] } = await answer.json();
    const seat = addresses.find((a) => a.use === "office" && a.state === "standing");
    if (seat) return { community: code, ...seat };
  }
  throw new Error("the demonstration city has no office in use");
}

/** Fills the form up to the page that shows the answers. */
async function fillIn(page, lang, { name, number, shots }) {
  const w = WORDS[lang];
  const l = await labels(lang);
  const seat = await findSeat();

  const next = () => page.getByRole("button", { name: w.next }).click();
  const heading = (text) => page.getByRole("heading", { level: 1, name: text }).waitFor();
  const look = async (part) => { if (shots) await inspect(page, `${shots}-${part}`, lang); };

  await page.goto(`${server.base}/services/instant-registration/apply?lang=${lang}`);
  await heading(l.sections[0]);
  await page.getByRole("radio", { name: l.choice("Kind.limited-company") }).check();
  await page.locator('[id="f/name"]').fill(name);
  for (const id of ["f/industry", "f/scope"]) {
    await page.locator(`[id="${id}"]`).fill("应用软件开发");
    await page.locator(".found button").first().click();
  }
  await page.locator(".name-check").waitFor();
  await look("1-name");
  await next();

  await heading(l.sections[1]);
  await page.getByLabel(w.district, { exact: true }).selectOption(seat.community.slice(0, 6));
  await page.getByLabel(w.street, { exact: true }).selectOption(seat.community.slice(0, 9));
  await page.getByLabel(w.community, { exact: true }).selectOption(seat.community);
  await page.getByLabel(w.filter).fill(seat.text.slice(-8));
  await look("2-address");
  await page.locator(`.unit-list input[value="${seat.code}"]`).click();
  await page.locator(".chosen").waitFor();
  await next();

  await heading(l.sections[2]);
  await page.locator('[id="f/capital_fen"]').fill("1,000,000");
  const soon = new Date(Date.now() + 3 * 365 * 86_400_000).toISOString().slice(0, 10);
  await page.locator('[id="f/pay_by"]').fill(soon);
  if ((await page.locator('[id="f/holders/0/name"]').count()) === 0) await page.getByRole("button", { name: w.add }).first().click();
  await page.locator('[id="f/holders/0/name"]').fill(LIN.name);
  await page.locator('[id="f/holders/0/paper/kind"]').getByRole("radio").first().check();
  await page.locator('[id="f/holders/0/paper/number"]').fill(number);
  await page.locator('[id="f/holders/0/amount_fen"]').fill("1000000");
  await page.locator('[id="f/holders/0/percent"]').fill("100");
  await page.locator('[id="f/holders/0/method"]').getByRole("radio").first().check();
  await look("3-capital");
  await next();

  await heading(l.sections[3]);
  const roles = ["Role.legal-representative", "Role.director"];
  for (const [i, role] of roles.entries()) {
    await page.getByRole("button", { name: w.add }).click();
    await page.locator(`[id="f/officers/${i}/name"]`).fill(LIN.name);
    await page.locator(`[id="f/officers/${i}/paper/kind"]`).getByRole("radio").first().check();
    await page.locator(`[id="f/officers/${i}/paper/number"]`).fill(LIN.number);
    await page.locator(`[id="f/officers/${i}/role"]`).getByRole("radio", { name: l.choice(role) }).check();
  }
  await page.locator('[id="f/articles"]').getByRole("radio").first().check();
  await look("4-officers");
  await next();

  await heading(l.sections[4]);
  await page.locator('[id="f/sign"]').check();
  await look("5-sign");
  await next();
  await heading(w.check);
  await page.getByText("1,000,000.00").first().waitFor();
  await look("6-check");

}

/** Names that nobody has: two rare characters that differ from run to run, so that the tests may repeat themselves. */
const brands = ["翯澍", "玥燚", "璟翀", "垚瀚"];
const freeName = (i) => `深圳市${brands[i]}软件有限公司`;

const plays = [
  { lang: "zh", size: DESKTOP, on: "desktop" },
  { lang: "en", size: PHONE, on: "phone" },
  { lang: "en", size: DESKTOP, on: "desktop" },
  { lang: "zh", size: PHONE, on: "phone" },
];

for (const [i, { lang, size, on }] of plays.entries()) {
  const w = WORDS[lang];
  const shot = (name) => `${lang}-${on}-${name}`;

  describe(`${lang}, ${on}`, () => {
    let browser;
    before(async () => { browser = await openBrowser(size); });
    after(async () => { await browser?.close(); });

    test("the front door: every service is found, and nothing is hidden from a reader of screens", async () => {
      const { page } = browser;
      await page.goto(`${server.base}/?lang=${lang}`);
      await page.locator(".service-card").first().waitFor();
      const catalogue = await (await fetch(`${server.base}/api/services`)).json();
      const all = catalogue.chapters.flatMap((c) => c.services);
      assert.equal(await page.locator(".service-card").count(), all.length);
      assert.equal(await page.locator(".chapter").count(), catalogue.chapters.length);
      await inspect(page, shot("home"), lang);
      await page.getByRole("searchbox", { name: w.search }).fill(lang === "zh" ? "秒批" : "registration");
      await page.locator("#found-title").waitFor();
      assert.equal(await page.locator(".service-card a").first().getAttribute("href"), "/services/instant-registration");
      await inspect(page, shot("search"), lang);
      await page.getByRole("searchbox", { name: w.search }).fill("zzzz");
      await page.locator(".empty").waitFor();
      const closed = all.find((s) => !s.open);
      await page.goto(`${server.base}/services/${closed.slug}`);
      await page.getByText(w.building).waitFor();
      await inspect(page, shot("unbuilt"), lang);
      await page.goto(`${server.base}/services/instant-registration`);
      await page.getByRole("link", { name: w.apply }).first().waitFor();
      await inspect(page, shot("guide"), lang);
      await page.goto(`${server.base}/nowhere`);
      await page.getByRole("heading", { name: w.notFound }).waitFor();
      await inspect(page, shot("not-found"), lang);
    });

    test("who isn't signed in is asked to, and comes back to where they were", async () => {
      const { page } = browser;
      await page.goto(`${server.base}/cases`);
      await page.waitForURL(/\/login\?next=%2Fcases/);
      await inspect(page, shot("login"), lang);
      await page.getByLabel(w.account, { exact: true }).fill(LIN.account);
      await page.getByLabel(w.password, { exact: true }).fill("not the password");
      await page.locator("form").getByRole("button", { name: w.login }).click();
      await page.getByRole("alert").waitFor();
      await page.getByLabel(w.password, { exact: true }).fill(passwordOf(server.output(), LIN.account));
      await page.locator("form").getByRole("button", { name: w.login }).click();
      await page.waitForURL(`${server.base}/cases`);
      await page.getByRole("heading", { level: 1, name: w.cases }).waitFor();
      await inspect(page, shot("cases-first"), lang);
    });

    test("an empty section isn't passed; a wrong identity number comes back with a link to its field", async () => {
      const { page } = browser;
      await page.goto(`${server.base}/services/instant-registration/apply`);
      await page.getByRole("button", { name: w.next }).click();
      await page.getByRole("heading", { name: w.summary }).waitFor();
      await inspect(page, shot("apply-0-missing"), lang);
      const wrong = LIN.number.slice(0, 17) + (LIN.number.endsWith("0") ? "1" : "0");
      await fillIn(page, lang, { name: freeName(i), number: wrong, shots: shot("apply") });
      await page.getByRole("button", { name: w.submit }).click();
      await page.getByRole("heading", { name: w.summary }).waitFor();
      await inspect(page, shot("apply-7-faults"), lang);
      await page.locator(".error-summary a").first().click();
      await page.waitForFunction(() => document.activeElement?.id === "f/holders/0/paper/number");
      assert.equal(await page.locator('[id="f/holders/0/paper/number"]').getAttribute("aria-invalid"), "true");
      await inspect(page, shot("apply-8-fault-field"), lang);
    });

    test("the draft outlives the page; mended, the application is approved at once, with a licence and its reasons", async () => {
      const { page } = browser;
      await page.waitForTimeout(800);
      await page.goto(`${server.base}/services/instant-registration/apply?step=3`);
      assert.equal(await page.locator('[id="f/holders/0/name"]').inputValue(), LIN.name);
      await page.locator('[id="f/holders/0/paper/number"]').fill(LIN.number);
      for (let step = 0; step < 3; step++) await page.getByRole("button", { name: w.next }).click();
      await page.getByRole("heading", { level: 1, name: w.check }).waitFor();
      await page.getByRole("button", { name: w.submit }).click();
      await page.getByRole("heading", { name: w.received }).waitFor();
      await inspect(page, shot("receipt"), lang);
      await page.getByRole("link", { name: w.view }).click();
      await page.getByRole("heading", { name: w.licence }).waitFor();
      await page.getByRole("heading", { name: w.why }).waitFor();
      const code = await page.locator(".licence-code strong").textContent();
      assert.match(code, /^91440[0-9A-HJ-NPQRTUWXY]{13}$/);
      assert.ok((await page.locator(".finding").count()) > 5, "every rule that was applied is there");
      assert.equal(await page.locator(".finding-block").count(), 0);
      for (const closed of await page.locator(".why details:not([open]) > summary").all()) if (await closed.isVisible()) await closed.click();
      await page.locator(".finding").first().getByText(w.basis).waitFor();
      assert.ok((await page.locator(".timeline li").count()) >= 2);
      assert.ok(!(await page.locator("main").innerText()).includes(LIN.number), "no identity number stands on the page in full");
      await inspect(page, shot("case-approved"), lang);
    });

    test("a name that somebody has is refused, and the page says by which rule", async () => {
      const { page } = browser;
      // By now this very name is registered, by the test before.
      await fillIn(page, lang, { name: freeName(i), number: LIN.number });
      await page.getByRole("button", { name: w.submit }).click();
      await page.getByRole("heading", { name: w.received }).waitFor();
      await page.getByRole("link", { name: w.view }).click();
      await page.locator(".finding-block").first().waitFor();
      assert.equal(await page.locator(".why-element").first().locator(".finding-block").count() > 0, true, "the worst stands first");
      await page.locator(".finding-block").first().getByText(w.block).waitFor();
      assert.equal(await page.locator(".licence").count(), 0);
      await inspect(page, shot("case-rejected"), lang);
    });

    test("lists, notices and the keyboard", async () => {
      const { page } = browser;
      await page.goto(`${server.base}/cases`);
      await page.locator(".case-line").nth(1).waitFor();
      await inspect(page, shot("cases"), lang);
      await page.goto(`${server.base}/notices`);
      await page.getByRole("heading", { level: 1, name: w.notices }).waitFor();
      await inspect(page, shot("notices"), lang);
      await page.goto(`${server.base}/`);
      await page.locator(".service-card").first().waitFor();
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
      const first = await page.evaluate(() => document.documentElement.lang);
      await page.locator(".tool", { hasText: lang === "zh" ? "English" : "中文" }).click();
      assert.notEqual(await page.evaluate(() => document.documentElement.lang), first);
      await page.reload();
      assert.notEqual(await page.evaluate(() => document.documentElement.lang), first, "the language is remembered");
    });

    test("nothing went wrong unseen", () => {
      assert.deepEqual(browser.complaints, []);
    });
  });
}

/** Opens a case with two holders through the API, as whoever is signed in on the page: the form was played above. */
async function openWithPartner(page, name) {
  const seat = await findSeat();
  const paper = (p) => ({ kind: "citizen-id", number: p.number });
  const half = (p) => ({ name: p.name, paper: paper(p), amount_fen: 50_000_000, percent: "50.00", method: "currency" });
  const officer = (role) => ({ name: LIN.name, paper: paper(LIN), role });
  const input = {
    kind: "limited-company", name, industry: "I6513", scope: ["I6513"], address: seat.code, capital_fen: 100_000_000,
    pay_by: new Date(Date.now() + 3 * 365 * 86_400_000).toISOString().slice(0, 10), holders: [half(LIN), half(CHEN)],
    officers: [officer("legal-representative"), officer("director")], articles: "single-director", sign: true,
  };
  const answer = await page.evaluate(async (body) => {
    const { csrf } = await (await fetch("/api/me")).json();
    const opened = await fetch("/api/services/instant-registration/cases", {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(body),
    });
    return { status: opened.status, body: await opened.json() };
  }, input);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

describe("two parties", () => {
  test("the second one is asked, signs on the phone, and both see the licence", async () => {
    const owner = await openBrowser(DESKTOP);
    const partner = await openBrowser(PHONE);
    try {
      await signIn(owner.page, "zh", LIN.account);
      const opened = await openWithPartner(owner.page, "深圳市甪彧软件有限公司");
      await owner.page.goto(`${server.base}/cases/${opened.id}`);
      await owner.page.getByText(`正在等待：${CHEN.name}`).waitFor();
      await inspect(owner.page, "zh-desktop-case-waiting", "zh");

      const { page } = partner;
      await signIn(page, "zh", CHEN.account);
      await page.locator(".case-line").first().getByText("待我处理").waitFor();
      await page.locator(".case-line").first().click();
      await page.getByRole("button", { name: "签署申请" }).click();
      await inspect(page, "zh-phone-sign", "zh");
      await page.getByRole("button", { name: "确认提交" }).click();
      await page.locator(".licence").waitFor();
      // The owner's page learns of it without being asked to.
      await owner.page.locator(".licence").waitFor();
      assert.deepEqual([...owner.complaints, ...partner.complaints], []);
    } finally {
      await owner.close();
      await partner.close();
    }
  });
});

describe("the officer's desk", () => {
  test("shows the agency's cases, by service and status", async () => {
    const account = accountsOf(server.output()).find((a) => OFFICER.test(a.note))?.account;
    assert.ok(account, `the first start printed no officer:\n${server.output()}`);
    const browser = await openBrowser(DESKTOP);
    try {
      const { page } = browser;
      await signIn(page, "zh", account);
      await page.waitForURL(/\/desk/);
      await page.locator(".case-line").first().waitFor();
      await inspect(page, "zh-desktop-desk", "zh");
      await page.getByLabel("事项", { exact: true }).selectOption("instant-registration");
      await page.getByLabel("状态", { exact: true }).selectOption("rejected");
      await page.locator(".case-line").first().waitFor();
      await page.locator(".case-line").first().click();
      await page.locator(".finding-block").first().waitFor();
      await inspect(page, "zh-desktop-desk-case", "zh");
    } finally {
      await browser.close();
    }
  });
});
