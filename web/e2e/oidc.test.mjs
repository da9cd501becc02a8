// Signing in with a provider on another site, as a browser sees it: its rules for cookies are what the way back must survive.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { citizenId, freePort, inspect, openBrowser, startServer } from "./harness.mjs";

const PEER = fileURLToPath(new URL("../../tests/peers/oidc/", import.meta.url));
const SECRET = "a secret of the tests, longer than thirty-two characters";
// For a browser `localhost` and `127.0.0.1` are two sites: the portal is on one, the provider on the other.
const peer = { port: 0, process: null };
let server;

const settings = (folder, port) => {
  writeFileSync(join(folder, "secret"), SECRET);
  const file = join(folder, "settings.toml");
  writeFileSync(file, `[oidc]
issuer = "http://127.0.0.1:${peer.port}"
client-id = "qianhai"
secret-file = "${join(folder, "secret")}"
name = { zh = "统一身份认证", en = "the unified identity" }
redirect = "http://localhost:${port}"
scopes = ["profile"]
claims = { paper-number = "paper_number" }
`);
  peer.redirect = `http://localhost:${port}/api/login/oidc/callback`;
  return file;
};

before(async () => {
  if (!existsSync(join(PEER, "node_modules"))) execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PEER });
  peer.port = await freePort();
  server = await startServer({ host: "localhost", settings });
  peer.process = spawn("node", ["provider.mjs", String(peer.port), peer.redirect, SECRET], { cwd: PEER, stdio: ["ignore", "pipe", "ignore"] });
  await new Promise((resolve) => peer.process.stdout.once("data", resolve));
  const people = { wang: { name: "王某", paper_number: citizenId("440399", "19900101", 11) }, nobody: { name: "无证" } };
  await fetch(`http://127.0.0.1:${peer.port}/control`, { method: "POST", body: JSON.stringify({ people }) });
});
after(async () => {
  peer.process?.kill();
  await server?.stop();
});

async function walk(page, person) {
  await page.getByRole("link", { name: "用统一身份认证登录" }).click();
  await page.waitForURL(`http://127.0.0.1:${peer.port}/**`);
  await page.locator('input[name="login"]').fill(person);
  await page.locator('input[name="password"]').fill("any");
  await page.locator('button[type="submit"]').click();
  await page.locator('input[value="consent"]').waitFor({ state: "attached" });
  await page.locator('button[type="submit"]').click();
  await page.waitForURL(`${server.base}/**`);
}

describe("a provider on another site", () => {
  test("signs in, and the portal knows who it is at once", async () => {
    const { page, complaints, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      // The provider's own page asks for fonts that no test should fetch.
      await page.route(/^https:/, (route) => route.fulfill({ body: "" }));
      await page.goto(`${server.base}/login?lang=zh&next=%2Faccount`);
      await page.getByRole("link", { name: "用统一身份认证登录" }).waitFor();
      await inspect(page, "login-ways-zh", "zh");
      await walk(page, "wang");
      await page.waitForURL(`${server.base}/account`);
      await page.getByText("统一身份认证登录").waitFor();
      await page.getByRole("link", { name: "王某 · 我的账户" }).waitFor();
      const session = (await page.context().cookies(server.base)).find((c) => c.name === "qianhai_session");
      assert.deepEqual([session.sameSite, session.httpOnly], ["Strict", true]);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });

  test("whose word makes nobody here is told on the login page", async () => {
    const { page, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      await page.goto(`${server.base}/login?lang=zh`);
      await walk(page, "nobody");
      await page.getByText("未提供可在本平台使用的证件或岗位").waitFor();
    } finally {
      await close();
    }
  });

  test("that is down is told on the login page, and the password is still there", async () => {
    const { page, close } = await openBrowser({ width: 1280, height: 860 });
    try {
      await page.goto(`${server.base}/login?lang=zh`);
      await page.getByRole("link", { name: "用统一身份认证登录" }).click();
      await page.waitForURL(`http://127.0.0.1:${peer.port}/**`);
      const back = `${peer.redirect}?error=temporarily_unavailable&state=${new URL(page.url()).searchParams.get("state") ?? ""}`;
      await page.goto(back);
      await page.getByRole("alert").waitFor();
      await page.getByLabel("密码", { exact: true }).waitFor();
    } finally {
      await close();
    }
  });
});
