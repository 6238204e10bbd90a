import{a as t,b as r,c as e}from"./part-G7QB2NGM.js";function i(o,n){return t(e(r(`${o.toLowerCase()}:${n}`)))}export{i as credentials};
