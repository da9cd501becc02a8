/** Passkeys in this browser; the ceremonies are the server's, the device's part is done by a library that knows the older browsers too. */
import {
  browserSupportsWebAuthn, startAuthentication, startRegistration, type PublicKeyCredentialCreationOptionsJSON, type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { identity } from "../api/identity";
import type { JsonObject, Me } from "../api/types";

/** A key belongs to a domain: on any other one, such as a bare address, it can't be used. */
export function canUsePasskeys(domain: string, host: string = location.hostname): boolean {
  return browserSupportsWebAuthn() && belongsTo(domain, host);
}

export const belongsTo = (domain: string, host: string): boolean => host === domain || host.endsWith(`.${domain}`);

/** Whoever closes the device's window has decided so; that is no fault. */
const isCancelled = (error: unknown): boolean => error instanceof Error && ["NotAllowedError", "AbortError"].includes(error.name);

async function unlessCancelled<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isCancelled(error)) return null;
    throw error;
  }
}

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** True if a key was made and kept. */
export async function registerPasskey(name: string): Promise<boolean> {
  const { ceremony, options } = await identity.beginPasskey();
  const made = await unlessCancelled(() => startRegistration({ optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON }));
  if (!made) return false;
  await identity.finishPasskey(ceremony, name, plain(made));
  return true;
}

/** Who has signed in; null if they changed their mind. */
export async function signInWithPasskey(): Promise<Me | null> {
  const { ceremony, options } = await identity.beginPasskeyLogin();
  const shown = await unlessCancelled(() => startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON }));
  return shown && identity.finishPasskeyLogin(ceremony, plain(shown));
}
