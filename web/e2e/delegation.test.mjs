// One lets another act: granted on a form, accepted, acted upon in the other's name with a bar that says so, and taken back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { citizenId, inspect, openBrowser, passwordOf, startServer } from "./harness.mjs";

// Demonstration people; they are in every new store, and nobody real.
const LIN = { account: "lin.xiaoyu", name: "林晓雨" };
const CHEN = { account: "chen.zhiyuan", name: "陈致远", number: citizenId("440399", "19881102", 215) };
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };

let server, service;
before(async () => {
  server = await startServer();
  service = await (await fetch(`${server.base}/api/services/delegation`)).json();
});
after(async () => {
  await server?.stop();
});

async function signIn(page, lang, { account }) {
  await page.goto(`${server.base}/login?lang=${lang}`);
  await page.locator("#account").fill(account);
  await page.locator("#password").fill(passwordOf(server.output(), account));
  await page.locator("form button[type=submit]").click();
  await page.waitForURL(/\/cases/);
}

test("granted on the form, accepted on a phone, acted upon, and taken back in the middle of it", async () => {
  const lin = await openBrowser(DESKTOP);
  const chen = await openBrowser(PHONE);
  try {
    const { choice } = service.text;
    await signIn(lin.page, "zh", LIN);
    await lin.page.getByRole("link", { name: "委托代办" }).click();
    await inspect(lin.page, "delegations-none", "zh");
    await lin.page.getByRole("link", { name: "设立委托" }).click();
    await lin.page.getByRole("radio", { name: choice["Whom.myself"].zh }).check();
    assert.equal(await lin.page.getByLabel("被监护人姓名").count(), 0, "a ward is asked for only where there is one");
    await lin.page.locator('[id="f/whom/agent/name"]').fill(CHEN.name);
    await lin.page.locator('[id="f/whom/agent/paper/kind"]').getByRole("radio").first().check();
    await lin.page.locator('[id="f/whom/agent/paper/number"]').fill(CHEN.number);
    await inspect(lin.page, "delegations-form-1", "zh");
    await lin.page.getByRole("button", { name: "保存并继续" }).click();
    await lin.page.getByRole("checkbox", { name: "企业登记“秒批”" }).check();
    await lin.page.getByRole("radio", { name: choice["Deed.apply"].zh }).check();
    await lin.page.locator('[id="f/until"]').fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
    await inspect(lin.page, "delegations-form-2", "zh");
    await lin.page.getByRole("button", { name: "保存并继续" }).click();
    await inspect(lin.page, "delegations-form-3", "zh");
    await lin.page.getByRole("button", { name: "提交申请" }).click();
    await lin.page.waitForURL(/\/receipt/);

    await signIn(chen.page, "en", CHEN);
    await chen.page.goto(`${server.base}/delegations?lang=en`);
    await chen.page.getByRole("button", { name: "Accept" }).click();
    await chen.page.getByRole("button", { name: `Act for ${LIN.name}` }).click();
    await chen.page.getByText(`You are acting for ${LIN.name}`).waitFor();
    await inspect(chen.page, "delegations-acting", "en");
    await chen.page.getByRole("link", { name: "My cases" }).click();
    await chen.page.getByRole("heading", { level: 1, name: "My cases" }).waitFor();
    await chen.page.reload();
    await chen.page.getByText(`You are acting for ${LIN.name}`).waitFor();

    await lin.page.goto(`${server.base}/delegations?lang=zh`);
    lin.page.once("dialog", (dialog) => void dialog.accept());
    await lin.page.getByRole("button", { name: "取消委托" }).click();
    await lin.page.getByText(service.text.status.revoked.zh).first().waitFor();
    await inspect(lin.page, "delegations-revoked", "zh");

    await chen.page.getByRole("link", { name: "Home" }).click();
    await chen.page.getByRole("link", { name: "My cases" }).click();
    // The list may still be fresh in the page: the next request is what finds the delegation over.
    await chen.page.reload();
    await chen.page.getByText(`You are acting for ${LIN.name}`).waitFor({ state: "detached" });
    const told = [...lin.complaints, ...chen.complaints].filter((complaint) => !/status of 403/.test(complaint));
    assert.deepEqual(told, [], "nothing went wrong unseen");
  } finally {
    await lin.close();
    await chen.close();
  }
});
