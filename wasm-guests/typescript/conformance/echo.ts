const document: unknown = call;
return document;
