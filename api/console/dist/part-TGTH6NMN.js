import{f as t,h as f}from"./part-RZAGJUMB.js";function o(){let e=f(null);return t(()=>e.current?.focus(),[]),e}export{o as a};
