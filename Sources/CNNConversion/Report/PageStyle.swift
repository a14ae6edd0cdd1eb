/// How the page looks, by daylight and in the dark.
enum PageStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #fbfaf8; --card: #ffffff; --ink: #1d2127; --soft: #626b78; --rule: #dfe2e7; --edge: #aab2bd;
          --identical: #2a7f62; --rounding: #2f6db5; --different: #c4302b; --inconclusive: #a86a00; --unknown: #7b8490;
          --alarm: #fdeeec;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
          --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --card: #1c2026; --ink: #e6e9ee; --soft: #98a2b0; --rule: #313842; --edge: #5a6472;
            --identical: #57c39d; --rounding: #74aef0; --different: #ff7a70; --inconclusive: #e3ac4d; --unknown: #8a94a2;
            --alarm: #3a2022;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 var(--sans); }
        main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { margin: 10px 0 4px; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { margin: 0 0 10px; font-size: 17px; }
        p { margin: 0 0 10px; }
        code, .name, td.layer { font-family: var(--mono); }
        .note { color: var(--soft); font-size: 13px; }
        .lead { font-size: 17px; }
        section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin-top: 18px; min-width: 0; }
        .alarm { background: var(--alarm); border-color: var(--different); }
        .alarm ul { max-height: 50vh; overflow: auto; margin: 0; padding-left: 20px; }
        .columns { display: grid; grid-template-columns: var(--side) minmax(0, 1fr); gap: 0 18px; align-items: start; }
        .columns > .network { position: sticky; top: 0; max-height: 100vh; display: flex; flex-direction: column; }
        .columns > .network .scroll { min-height: 0; }
        @media (max-width: 820px) {
          .columns { grid-template-columns: minmax(0, 1fr); }
          .columns > .network { position: static; max-height: 70vh; }
        }
        .above .scroll { max-height: 80vh; }
        .scroll { overflow: auto; }
        .badge { display: inline-block; padding: 1px 10px; border-radius: 99px; border: 1px solid currentColor; font-weight: 600; font-size: 13px; }
        td .badge { border: 0; padding: 0; font-weight: 500; white-space: nowrap; }
        header .badge { font-size: 15px; padding: 2px 14px; }
        span.identical { color: var(--identical); } span.rounding { color: var(--rounding); } span.different { color: var(--different); }
        span.inconclusive { color: var(--inconclusive); } span.unknown { color: var(--unknown); }
        dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 18px; margin: 0; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        table { border-collapse: collapse; font-size: 14px; }
        .list { width: 100%; }
        .list th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; }
        .list th, .list td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        .list .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 18px; }
        td.layer { overflow-wrap: anywhere; font-size: 13px; }
        tr:target td { background: var(--alarm); }
        a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 2px; }
        .images td, .images th { padding: 3px 6px 3px 0; }
        .images th { color: var(--soft); font-weight: 500; font-size: 13px; text-align: left; }
        .images thead th { text-align: center; }
        .images img { display: block; width: 112px; height: auto; image-rendering: pixelated; border: 1px solid var(--rule); }
        .images.strip img { width: 640px; height: 34px; }
        .scales { display: flex; flex-wrap: wrap; gap: 6px 28px; margin-top: 10px; font-size: 13px; color: var(--soft); }
        .bar { display: inline-block; width: 130px; height: 10px; border: 1px solid var(--rule); margin: 0 4px; }
        svg { display: block; font-family: var(--sans); }
        svg.graph { margin: 0 auto; }
        .edge { fill: none; stroke: var(--edge); stroke-width: 1.4; }
        .node rect { fill: var(--paper); stroke: var(--rule); }
        .node text, .port text { fill: var(--ink); font-size: 11px; }
        .node .name, .port .name { font-family: var(--mono); }
        .node .kind, .port .kind { fill: var(--soft); }
        .node .measure { text-anchor: end; font-variant-numeric: tabular-nums; }
        .port rect { fill: none; stroke: var(--edge); stroke-dasharray: 3 3; }
        .node.different rect { fill: var(--alarm); stroke: var(--different); stroke-width: 2; }
        .node:target rect { stroke: var(--ink); stroke-width: 3; }
        .identical .stripe, .identical .measure { fill: var(--identical); } .rounding .stripe, .rounding .measure { fill: var(--rounding); }
        .different .stripe, .different .measure { fill: var(--different); }
        .inconclusive .stripe, .inconclusive .measure { fill: var(--inconclusive); } .unknown .stripe { fill: var(--unknown); }
        .plot .grid { stroke: var(--rule); }
        .plot .bound { stroke: var(--ink); stroke-dasharray: 5 4; }
        .label { fill: var(--soft); font-size: 12px; } .boundlabel { fill: var(--ink); font-size: 12px; }
        .mark { fill: var(--unknown); stroke: var(--card); stroke-width: 1; }
        .mark.identical { fill: var(--identical); } .mark.rounding { fill: var(--rounding); }
        .mark.different { fill: var(--different); } .mark.inconclusive { fill: var(--inconclusive); }
        .mark.recorded { fill: none; stroke-width: 1.6; }
        .recorded.identical { stroke: var(--identical); } .recorded.rounding { stroke: var(--rounding); }
        .recorded.different { stroke: var(--different); } .recorded.inconclusive { stroke: var(--inconclusive); }
        """
}
