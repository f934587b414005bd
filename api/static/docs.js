"use strict";

// The validator is a foreign host that would be sent the document's address.
SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null });
