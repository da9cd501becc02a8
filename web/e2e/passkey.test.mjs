// A passkey from beginning to end, with the virtual authenticator of a real browser: registered, used, copied, removed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect, openBrowser, passwordOf, startServer } from "./harness.mjs";

const ACCOUNT = "lin.xiaoyu";
let server;
before(async () => {
  // Browsers allow passkeys without a certificate on this one name alone.
  server = await startServer({ host: "localhost" });
});
after(async () => {
  await server?.stop();
});

/** A device that holds keys and knows its owner. */
async function plugIn(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const keys = async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  const put = (credential) => devtools.send("WebAuthn.addCredential", { authenticatorId, credential });
  const drop = (credentialId) => devtools.send("WebAuthn.removeCredential", { authenticatorId, credentialId });
  return { keys, put, drop };
}

async function signInWithPassword(page) {
  await page.goto(`${server.base}/login?lang=zh`);
  await page.getByLabel("账户", { exact: true }).fill(ACCOUNT);
  await page.getByLabel("密码", { exact: true }).fill(passwordOf(server.output(), ACCOUNT));
  await page.locator("form").getByRole("button", { name: "登录" }).click();
  await page.waitForURL(/\/cases/);
}

async function signOut(page) {
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.getByRole("link", { name: "登录", exact: true }).waitFor();
}

async function signInWithPasskey(page) {
  await page.goto(`${server.base}/login?lang=zh`);
  await page.getByRole("button", { name: "用通行密钥登录" }).click();
}

async function addKey(page, name) {
  await page.getByLabel("名称", { exact: true }).fill(name);
  await page.getByRole("button", { name: "登记本设备" }).click();
  await page.getByRole("button", { name: `删除通行密钥 ${name}` }).waitFor();
}

describe("a passkey", () => {
  test("is registered, signs in without a name, is refused when its counter goes back, and is gone when removed", async () => {
    const { page, complaints, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      const device = await plugIn(page);
      await signInWithPassword(page);
      await page.goto(`${server.base}/account?lang=zh`);
      await addKey(page, "我的手机");
      const [key] = await device.keys();
      assert.ok(key.isResidentCredential, "the device keeps the account beside the key");
      await inspect(page, "account-zh", "zh");
      await page.goto(`${server.base}/account?lang=en`);
      await page.getByRole("heading", { level: 2, name: "Passkeys" }).waitFor();
      await inspect(page, "account-en", "en");
      await page.goto(`${server.base}/account?lang=zh`);
      await signOut(page);

      await signInWithPasskey(page);
      await page.waitForURL(/\/cases/);
      await page.goto(`${server.base}/account`);
      await page.getByText("通行密钥登录").waitFor();
      const [used] = await device.keys();
      assert.ok(used.signCount > key.signCount, "the device counts");
      await signOut(page);

      // A copy of the key that stands where the original stood before: one of the two is a thief's.
      await device.drop(used.credentialId);
      await device.put({ ...used, signCount: key.signCount - 1 });
      await signInWithPasskey(page);
      await page.getByText("可能已被复制").waitFor();
      assert.match(page.url(), /\/login/, "nobody is signed in");

      await signInWithPassword(page);
      await page.goto(`${server.base}/account`);
      await page.getByRole("button", { name: "删除通行密钥 我的手机" }).click();
      await page.getByText("还没有通行密钥").waitFor();
      await signOut(page);
      await device.drop(used.credentialId);
      await device.put({ ...used, signCount: used.signCount + 10 });
      await signInWithPasskey(page);
      await page.getByText("未在本平台登记").waitFor();
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });

  test("stands beside others under a name of its own", async () => {
    const { page, complaints, close } = await openBrowser({ width: 390, height: 844 });
    try {
      await signInWithPassword(page);
      await page.goto(`${server.base}/account?lang=zh`);
      const device = await plugIn(page);
      await addKey(page, "办公室电脑");
      // As another device: one that has a key of this account already makes no second.
      await device.drop((await device.keys())[0].credentialId);
      await addKey(page, "家里电脑");
      await page.getByRole("button", { name: "删除通行密钥 办公室电脑" }).waitFor();
      await inspect(page, "account-zh-phone", "zh");
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });

  test("is not offered where it can't work", async () => {
    const { page, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      await page.goto(`${server.base.replace("localhost", "127.0.0.1")}/login?lang=zh`);
      await page.getByLabel("账户", { exact: true }).waitFor();
      await page.waitForLoadState("networkidle");
      assert.equal(await page.getByRole("button", { name: "用通行密钥登录" }).count(), 0);
    } finally {
      await close();
    }
  });
});

describe("a token", () => {
  test("is made on the account's page, shown once, rotated and revoked", async () => {
    const { page, complaints, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      await signInWithPassword(page);
      await page.goto(`${server.base}/account?lang=zh`);
      await page.getByLabel("用途").fill("记账软件");
      await page.getByRole("button", { name: "新建令牌" }).click();
      const secret = await page.locator(".secret").textContent();
      const ask = (token) => fetch(`${server.base}/api/me`, { headers: { Authorization: `Bearer ${token}` } });
      assert.equal((await ask(secret)).status, 200);
      await page.getByRole("button", { name: "我已保存" }).click();
      await page.getByRole("button", { name: "更换令牌 记账软件；旧令牌一小时后失效" }).click();
      await page.getByText("已更换").waitFor();
      const next = await page.locator(".secret").textContent();
      assert.notEqual(next, secret);
      assert.equal((await ask(next)).status, 200);
      assert.equal((await ask(secret)).status, 200, "for an hour the old one still works");
      const revoke = page.getByRole("button", { name: "停用令牌 记账软件" });
      for (const left of [1, 0]) {
        await revoke.first().click();
        await page.waitForFunction((n) => document.querySelectorAll('button[aria-label="停用令牌 记账软件"]').length === n, left);
      }
      assert.deepEqual([(await ask(next)).status, (await ask(secret)).status], [401, 401]);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
});
