/** Large text, as this browser remembers it. */
import { createContext, useContext } from "react";

const KEY = "qianhai.large";
export const readLarge = () => localStorage.getItem(KEY) === "1";
export function showLarge(large: boolean) {
  document.documentElement.classList.toggle("large", large);
  localStorage.setItem(KEY, large ? "1" : "0");
}

export const LargeContext = createContext<{ large: boolean; setLarge: (large: boolean) => void }>({ large: false, setLarge: () => undefined });
export const useLarge = () => useContext(LargeContext);
