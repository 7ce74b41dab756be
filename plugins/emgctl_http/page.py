"""The emergency-stop page: a single file, no external resources, usable by keyboard and screen reader."""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>emgctl</title>
<style>
body{font:1.3em sans-serif;text-align:center;margin:1em}
button{font:inherit;padding:.6em 1.2em;margin:.3em}
button:focus-visible{outline:.2em solid #06c;outline-offset:.2em}
#kill{font-size:2.5em;background:#c00;color:#fff;border:0;border-radius:.3em;width:90%;padding:1em}
#answer{min-height:1.5em}.bad{color:#c00;font-weight:bold}ul{list-style:none;padding:0}
.lost #label,.lost #why,.lost #outputs{opacity:.3}
</style>
<body>
<button id="kill" autofocus>STOP</button><br>
<button id="pause">pause</button><button id="resume">resume</button>
<p id="answer" role="status" aria-live="assertive"></p>
<p id="link" class="bad" role="alert"></p>
<h1 id="state" aria-live="polite"></h1><p id="why"></p><p id="label"></p><ul id="outputs" aria-live="polite"></ul>
<script>
const at=id=>document.getElementById(id),clock=()=>new Date().toLocaleTimeString()
const wait=ms=>new Promise(done=>setTimeout(done,ms))
const put=(id,text)=>{if(at(id).textContent!==text)at(id).textContent=text}
async function call(path,options,ms){const stop=new AbortController(),timer=setTimeout(()=>stop.abort(),ms)
 try{const got=await fetch(path,{...options,signal:stop.signal})
  return[got.ok,await got.text()]}finally{clearTimeout(timer)}}
function show(text,good){put("answer",clock()+" "+text);at("answer").className=good?"":"bad"}
let newest=0
async function ask(name){const mine=++newest,again=name!=="resume"
 show(name+" ...",true)
 for(;;){try{const[good,text]=await call("/"+name,{method:"POST"},3000);show(text,good);return}
  catch{show(name+" was NOT received: no connection to emgctl"+(again?", trying again":""),false)}
  if(!again||mine!==newest)return
  await wait(300)}}
for(const name of["kill","pause","resume"])at(name).onclick=()=>ask(name)
async function follow(){let lost=""
 for(;;){try{const[,text]=await call("/state",{},2000),now=JSON.parse(text)
   lost="";document.body.className="";put("link","")
   put("state",now.state);put("why",now.reason?now.reason+", since "+new Date(now.since).toLocaleTimeString():"")
   put("label",now.gesture||"")
   const missing=Object.entries(now.outputs).filter(([,one])=>!one.is_there).map(([name,one])=>name+": "+one.state
    +" since "+new Date(one.since).toLocaleTimeString()+(one.last_error?" ("+one.last_error+")":""))
   if(at("outputs").dataset.was!==missing.join()){at("outputs").dataset.was=missing.join()
    at("outputs").replaceChildren(...missing.map(text=>{const item=document.createElement("li")
     item.className="bad";item.textContent=text;return item}))}
  }catch{lost=lost||clock();document.body.className="lost";put("link","no connection to emgctl since "+lost)}
  await wait(300)}}
follow()
</script></body></html>"""
