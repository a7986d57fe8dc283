"""The look and the few scripts of the report's page. Text only; no part of it loads anything."""

from __future__ import annotations

from typing import Final

_LIGHT: Final = """
--page:#fcfcfb;--card:#ffffff;--ink:#1d2126;--muted:#68717c;--rule:#e4e4e0;--soft:#f3f3f0;
--accent:#2a6592;--accent-soft:rgba(42,101,146,.13);--band:rgba(90,108,132,.30);
--edge:rgba(90,108,132,.55);
--buy:#0b7d74;--sell:#c4571c;--good:#1b7a4a;--bad:#b23b2e;--warn:#8a5a00;--warn-soft:#fdf3dd;
--line-1:#2a6592;--line-2:#c4571c;--line-3:#0b7d74;
--line-4:#8457a0;--line-5:#96801f;--line-6:#6b7480;
color-scheme:light;
"""
_DARK: Final = """
--page:#14171a;--card:#1a1e22;--ink:#e3e6e8;--muted:#98a2ac;--rule:#2c3238;--soft:#20252a;
--accent:#79b3de;--accent-soft:rgba(121,179,222,.16);--band:rgba(150,170,196,.30);
--edge:rgba(150,170,196,.55);
--buy:#4fc4b8;--sell:#f0935c;--good:#6fcf97;--bad:#f0847a;--warn:#eec06a;--warn-soft:#33290f;
--line-1:#79b3de;--line-2:#f0935c;--line-3:#4fc4b8;
--line-4:#c39bdc;--line-5:#d9c25c;--line-6:#a3adb8;
color-scheme:dark;
"""

CSS: Final = f"""
:root{{{_LIGHT}}}
@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}
:root[data-print]{{{_LIGHT}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--page);color:var(--ink);
 font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
 -webkit-text-size-adjust:100%}}
main{{max-width:1080px;margin:0 auto;padding:40px 24px 72px}}
h1{{font-size:28px;line-height:1.2;margin:0 0 6px;font-weight:650;letter-spacing:-.01em}}
h2{{font-size:19px;margin:52px 0 4px;padding-top:14px;border-top:1px solid var(--rule);
 font-weight:620;letter-spacing:-.005em}}
h3{{font-size:15px;margin:26px 0 6px;font-weight:620}}
p{{margin:6px 0 10px;max-width:76ch}}
.lead{{color:var(--muted);margin:0 0 14px}}
.note,figcaption{{color:var(--muted);font-size:13px;line-height:1.5;max-width:96ch;margin:6px 0}}
.chips{{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0 4px}}
.chip{{border:1px solid var(--rule);border-radius:999px;padding:2px 12px;font-size:13px;
 background:var(--card)}}
.chip.warn{{border-color:var(--warn);color:var(--warn);background:var(--warn-soft)}}
.chip.good{{border-color:var(--good);color:var(--good)}}
.chip.bad{{border-color:var(--bad);color:var(--bad)}}
nav{{display:flex;flex-wrap:wrap;gap:4px 18px;margin:20px 0 0;font-size:14px}}
nav a{{color:var(--accent);text-decoration:none}}
nav a:hover{{text-decoration:underline}}
.tiles{{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:12px;
 margin:18px 0 6px}}
.tile{{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 16px}}
.tile .k{{color:var(--muted);font-size:13px}}
.tile .v{{font-size:22px;font-weight:620;line-height:1.3;font-variant-numeric:tabular-nums;
 letter-spacing:-.01em;white-space:nowrap}}
.tile .s{{color:var(--muted);font-size:12.5px;line-height:1.4}}
.pos{{color:var(--good)}}.neg{{color:var(--bad)}}
.scroll{{overflow-x:auto;margin:10px 0 4px}}
.tall{{max-height:460px;overflow-y:auto;border:1px solid var(--rule);border-radius:8px}}
.tall thead th{{position:sticky;top:0;background:var(--soft);z-index:1}}
table{{border-collapse:collapse;font-size:13.5px;line-height:1.35;min-width:min(100%,480px);
 font-variant-numeric:tabular-nums}}
th,td{{padding:5px 12px;text-align:left;vertical-align:baseline;
 border-bottom:1px solid var(--rule)}}
td:first-child,th:first-child{{padding-left:8px}}
thead th{{color:var(--muted);font-weight:550;font-size:12.5px;white-space:nowrap;
 border-bottom:1px solid var(--muted)}}
th[title]{{text-decoration:underline dotted var(--rule) 1px;text-underline-offset:3px}}
.num{{text-align:right;white-space:nowrap}}
tfoot td{{font-weight:650;border-bottom:0;border-top:1px solid var(--muted)}}
tr.group th{{padding-top:14px;font-weight:620;font-size:13px}}
tbody tr:hover td{{background:var(--soft)}}
.wide table{{width:100%}}
.name{{max-width:330px;min-width:150px;overflow-wrap:anywhere}}
.tall td,.nowrap{{white-space:nowrap}}
.tall td,.tall th{{padding:4px 9px;font-size:13px}}
.cut{{max-width:180px;overflow:hidden;text-overflow:ellipsis}}
.buy{{color:var(--buy)}}.sell{{color:var(--sell)}}
.dim{{color:var(--muted)}}
.mono{{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12.5px;
 overflow-wrap:anywhere}}
th button{{all:unset;cursor:pointer}}
th button:hover{{color:var(--ink)}}
th button:focus-visible{{outline:2px solid var(--accent);outline-offset:2px}}
th[aria-sort=ascending] button::after{{content:" ▲";font-size:9px}}
th[aria-sort=descending] button::after{{content:" ▼";font-size:9px}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:4px 24px;margin:12px 0;font-size:14px}}
dt{{color:var(--muted)}}
dd{{margin:0;overflow-wrap:anywhere}}
.assumed{{border-left:3px solid var(--warn);background:var(--warn-soft);padding:8px 14px;
 border-radius:0 8px 8px 0;margin:12px 0;font-size:14px}}
figure{{margin:14px 0 24px}}
.plot{{width:100%;overflow:hidden}}
ul{{padding-left:20px;max-width:88ch}}
li{{margin:5px 0}}
footer{{margin-top:56px;padding-top:14px;border-top:1px solid var(--rule);color:var(--muted);
 font-size:13px}}
@media (max-width:640px){{main{{padding:24px 14px 48px}}dl{{grid-template-columns:1fr;gap:0}}
 dd{{margin-bottom:8px}}}}
@media print{{body{{font-size:12px}}main{{max-width:none;padding:0}}
 nav{{display:none}}
 .tall{{max-height:none;overflow:visible;border:0}}.scroll{{overflow:visible}}
 table{{font-size:10.5px}}th,td{{padding:3px 6px}}h2{{margin-top:26px}}
 figure,.tile,tr,.assumed{{break-inside:avoid}}h2,h3{{break-after:avoid}}}}
"""

SORTING: Final = """
document.querySelectorAll("table.sortable").forEach(function(table){
 var heads=Array.from(table.tHead.rows[0].cells),body=table.tBodies[0];
 heads.forEach(function(head,column){
  head.querySelector("button").addEventListener("click",function(){
  var up=head.getAttribute("aria-sort")!=="ascending";
  heads.forEach(function(h){h.removeAttribute("aria-sort")});
  head.setAttribute("aria-sort",up?"ascending":"descending");
  var key=function(row){var c=row.cells[column];
   return c.dataset.v===undefined?c.textContent:Number(c.dataset.v)};
  Array.from(body.rows).sort(function(a,b){var x=key(a),y=key(b);
   if(typeof x!==typeof y)return typeof x==="number"?-1:1;
   return (x<y?-1:x>y?1:0)*(up?1:-1)}).forEach(function(row){body.appendChild(row)});
 })})});
"""

# Reads each specification beside its place, puts the page's colours in, and draws.
PLOTTING: Final = """
(function(){
var dark=window.matchMedia("(prefers-color-scheme: dark)");
var root=document.documentElement;
function css(name){return getComputedStyle(root).getPropertyValue("--"+name).trim()}
function axis(a){return Object.assign({gridcolor:css("rule"),linecolor:css("rule"),
 zerolinecolor:css("muted"),zerolinewidth:1,zeroline:false,
 tickfont:{size:11},title:"",automargin:true},a,
 a&&a.title?{title:{text:a.title,font:{size:12}}}:{})}
function draw(){document.querySelectorAll(".plot").forEach(function(place){
 var text=document.getElementById(place.id+"-spec").textContent
  .replace(/"@([a-z0-9-]+)"/g,function(_,name){return JSON.stringify(css(name))});
 var spec=JSON.parse(text),layout=Object.assign({
  paper_bgcolor:"rgba(0,0,0,0)",plot_bgcolor:"rgba(0,0,0,0)",
  font:{family:getComputedStyle(document.body).fontFamily,size:12,color:css("muted")},
  margin:{l:56,r:12,t:10,b:36},height:Number(place.dataset.height),
  hovermode:"closest",autosize:true,
  hoverlabel:{bgcolor:css("card"),bordercolor:css("rule"),font:{color:css("ink")}},
  legend:{orientation:"h",y:-0.14,yanchor:"top"}},spec.layout);
 Object.keys(layout).filter(function(k){return /^[xy]axis/.test(k)})
  .forEach(function(k){layout[k]=axis(layout[k])});
 Plotly.react(place,spec.data,layout,{displaylogo:false,displayModeBar:false,responsive:true,
  showLink:false,plotlyServerURL:""});
})}
draw();
dark.addEventListener("change",draw);
window.addEventListener("beforeprint",function(){root.dataset.print="1";draw()});
window.addEventListener("afterprint",function(){delete root.dataset.print;draw()});
})();
"""
