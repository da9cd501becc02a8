import type { ThemeConfig } from "antd";
import type { Lang } from "./text";

/** Chinese quotation marks are wide and English ones are not: the font follows the language. */
const FONTS = {
  zh: '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif',
  en: '"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif',
};

/** The portal's colours; `style.css` has the same ones as variables. All text pairs reach WCAG AA. */
export const theme = (large: boolean, lang: Lang): ThemeConfig => ({
  token: {
    colorPrimary: "#0a5c73",
    colorLink: "#0a5c73",
    colorSuccess: "#16704a",
    colorWarning: "#96570a",
    colorError: "#b3261e",
    colorInfo: "#0a5c73",
    colorTextBase: "#17282e",
    colorTextSecondary: "#4a5f67",
    colorTextTertiary: "#566a72",
    colorTextDescription: "#4a5f67",
    colorTextPlaceholder: "#667980",
    colorBorder: "#8a9ca3",
    colorBgLayout: "#f5f8f9",
    fontFamily: FONTS[lang],
    fontSize: large ? 20 : 16,
    borderRadius: 8,
    controlHeight: large ? 50 : 44,
    motion: false,
  },
  components: { Button: { fontWeight: 500, primaryShadow: "none", defaultShadow: "none" } },
});
