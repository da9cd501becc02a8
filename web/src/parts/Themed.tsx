/** Ant Design in the portal's colours, for the pages that use it. The front door and the guides don't: they are there at once. */
import { ConfigProvider } from "antd";
import antdEn from "antd/locale/en_US";
import antdZh from "antd/locale/zh_CN";
import { useMemo } from "react";
import { Outlet, useOutletContext } from "react-router";
import { useSpeech } from "../text";
import { theme } from "../theme";

export default function Themed() {
  const { lang } = useSpeech();
  const large = useOutletContext<boolean>();
  const themed = useMemo(() => theme(large, lang), [large, lang]);
  return (
    <ConfigProvider theme={themed} locale={lang === "zh" ? antdZh : antdEn} button={{ autoInsertSpace: false }}>
      <Outlet />
    </ConfigProvider>
  );
}
