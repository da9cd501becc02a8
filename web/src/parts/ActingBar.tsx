/** In whose stead the reader acts: chosen in the header, and told on every page for as long as it lasts. */
import { SwapOutlined } from "@ant-design/icons";
import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { actFor, useActing } from "../api/acting";
import { useAskAgain, useDelegations, useMe } from "../api/queries";
import { useSpeech } from "../text";

/** A choice of in whose name to go on, for an account to which someone has entrusted something. */
export function ActingSwitch({ account, name }: { account: string; name: string }) {
  const { t } = useSpeech();
  const { data } = useDelegations(true);
  const acting = useActing();
  const navigate = useNavigate();
  const open = (data?.received ?? []).filter((d) => d.in_force);
  if (open.length === 0 && !acting) return null;
  const choose = async (id: string) => {
    const chosen = open.find((d) => d.id === id);
    actFor(chosen ? { delegation: chosen.id, principal: chosen.principal, account } : null);
    await navigate("/cases");
  };
  return (
    <select className="input acting-switch" aria-label={t.delegations.inWhoseName} value={acting?.delegation ?? ""} onChange={(e) => void choose(e.target.value)}>
      <option value="">{t.delegations.oneself(name)}</option>
      {acting && !open.some((d) => d.id === acting.delegation) && <option value={acting.delegation}>{t.delegations.forWhom(acting.principal)}</option>}
      {open.map((d) => <option key={d.id} value={d.id}>{t.delegations.forWhom(d.principal)}</option>)}
    </select>
  );
}

export function ActingBanner() {
  const { t } = useSpeech();
  const acting = useActing();
  const { data: me } = useMe();
  const askAgain = useAskAgain();
  const before = useRef(acting?.delegation);
  useEffect(() => {
    if (before.current === acting?.delegation) return;
    before.current = acting?.delegation;
    askAgain();
  }, [acting, askAgain]);
  // Whoever signs in as someone else, or not at all, acts for nobody.
  const stale = acting !== null && me !== undefined && me?.account.id !== acting.account;
  useEffect(() => {
    if (stale) actFor(null);
  }, [stale]);
  if (!acting || stale) return null;
  return (
    <div className="acting" role="status">
      <div className="wrap row">
        <SwapOutlined aria-hidden /> <strong>{t.delegations.acting(acting.principal)}</strong>
        <span>{t.delegations.actingNote}</span>
        <button type="button" className="button" onClick={() => actFor(null)}>{t.delegations.end}</button>
      </div>
    </div>
  );
}
