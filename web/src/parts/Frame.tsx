/** The frame around every page: header, the way to the content, footer. */
import { BellOutlined, FontSizeOutlined, GlobalOutlined, LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { api } from "../api/client";
import { actFor } from "../api/acting";
import { useUnread } from "../api/portal-queries";
import { useForgetAccount, useMe, useZone } from "../api/queries";
import { useSpeech } from "../text";
import { ActingBanner, ActingSwitch } from "./ActingBar";
import type { Display } from "./display";
import { Crash, Loading } from "./states";

export function Frame({ display }: { display: Display }) {
  const { t } = useSpeech();
  const { pathname } = useLocation();
  const first = useRef(true);
  const main = useRef<HTMLElement>(null);
  // A new page begins at its top, and those who listen are told that it is new.
  useEffect(() => {
    if (!first.current) {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#main" onClick={(e) => { e.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <Header display={display} />
      <ActingBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <Crash key={pathname}><Suspense fallback={<Loading />}><Outlet context={display.large} /></Suspense></Crash>
      </main>
      <Footer />
    </>
  );
}

function Header({ display: { large, setLarge, chooseLang } }: { display: Display }) {
  const { t, lang, pick } = useSpeech();
  const { data: zone } = useZone();
  const { data: me } = useMe();
  const officer = me?.account.kind === "officer";
  return (
    <header className="header">
      <div className="wrap header-row">
        <Link to="/" className="brand">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <span><strong>{pick(zone?.name) || "\u00a0"}</strong><small>{t.portal}</small></span>
        </Link>
        <nav aria-label={t.nav.main} className="nav">
          <NavLink to="/" end>{t.nav.home}</NavLink>
          {officer ? <><NavLink to="/desk">{t.nav.desk}</NavLink><NavLink to="/figures">{t.queue.figures}</NavLink></> : <NavLink to="/cases">{t.nav.cases}</NavLink>}
          {me?.account.kind === "person" && <NavLink to="/delegations">{t.delegations.nav}</NavLink>}
        </nav>
        <div className="tools">
          <button type="button" className="tool" onClick={() => setLarge(!large)} aria-pressed={large} aria-label={t.largeText} title={large ? t.normalText : t.largeText}>
            <FontSizeOutlined aria-hidden />
          </button>
          <button type="button" className="tool" lang={lang === "zh" ? "en" : "zh-CN"} onClick={() => chooseLang(lang === "zh" ? "en" : "zh")} title={t.languageSwitch}>
            <GlobalOutlined aria-hidden /> {t.languageName}
          </button>
          {me ? <AccountTools id={me.account.id} name={me.account.name} person={!officer} /> : me === null && <Link to="/login" className="tool tool-login">{t.nav.login}</Link>}
        </div>
      </div>
    </header>
  );
}

function AccountTools({ id, name, person }: { id: string; name: string; person: boolean }) {
  const { t } = useSpeech();
  const client = useQueryClient();
  const forget = useForgetAccount();
  const navigate = useNavigate();
  const count = useUnread();
  const logout = async () => {
    await api.logout().catch(() => undefined); // Even if the server can't be told, this browser forgets.
    actFor(null);
    client.setQueryData(["me"], null);
    forget();
    await navigate("/");
  };
  return (
    <>
      <Link to="/notices" className="tool bell" aria-label={t.notices.unread(count)} title={t.nav.notices}>
        <BellOutlined aria-hidden />{count > 0 && <span className="badge" aria-hidden>{count > 99 ? "99+" : count}</span>}
      </Link>
      <Link to="/account" className="tool" aria-label={`${name} · ${t.account.title}`} title={t.account.title}><UserOutlined aria-hidden /> <span className="who">{name}</span></Link>
      {person && <ActingSwitch account={id} name={name} />}
      <button type="button" className="tool" onClick={() => void logout()} aria-label={t.nav.logout} title={t.nav.logout}><LogoutOutlined aria-hidden /></button>
    </>
  );
}

function Footer() {
  const { t, pick } = useSpeech();
  const { data: zone } = useZone();
  return (
    <footer className="footer">
      <div className="wrap">
        <p><strong>{pick(zone?.name)}</strong> · {t.portal}</p>
        <p>{t.footer.about}</p>
        <p>{t.footer.binding}</p>
      </div>
    </footer>
  );
}
