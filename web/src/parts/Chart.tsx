/** A chart; loaded only on the page that has figures. The same numbers stand in a table for whoever can't see it. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

// As SVG: it stays sharp on paper and in large text.
use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export default function Chart({ option, label, height }: { option: EChartsCoreOption; label: string; height: number }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  useEffect(() => {
    const made = init(box.current);
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    // Labels are measured before they are drawn, so the font has to be the page's own.
    const fontFamily = getComputedStyle(document.body).fontFamily;
    chart.current?.setOption({ ...option, textStyle: { ...(option["textStyle"] as object), fontFamily } }, { notMerge: true });
    chart.current?.resize();
  }, [option, height]);
  return <div ref={box} className="chart" role="img" aria-label={label} style={{ height }} />;
}
