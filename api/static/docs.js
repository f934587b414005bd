"use strict";

// The default validator is on another host and would receive the document's address.
SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null });
