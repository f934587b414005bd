// The prediction service on Azure App Service with Application Insights and the alert on misclassifications.
//
//   az deployment group create --resource-group <group> --template-file deploy/azure/main.bicep \
//     --parameters name=<name> mail=<address>
//
// Then deploy api/, the parts of textlab that it imports, models/ and requirements.txt. App Service installs the
// libraries:
//
//   zip -r service.zip api models && zip -j service.zip deploy/azure/requirements.txt
//   (cd src && zip -r ../service.zip textlab/__init__.py textlab/bundle_format textlab/inputs textlab/sealing textlab/search)
//   az webapp deploy --resource-group <group> --name <name> --type zip --src-path service.zip

@description('Prefix of every resource name. The web app answers at https://<name>.azurewebsites.net')
param name string

@description('Mail address for alerts')
param mail string

@description('App Service plan. F1 is free, has 1 GB of memory and does not support alwaysOn')
@allowed(['F1', 'B1', 'B2', 'P0v3'])
param plan string = 'F1'

param location string = resourceGroup().location

@description('Folder of the promoted model')
param model string = 'models/sentiment'

@description('Runtime: Python with the files of a ZIP deployment, or DOCKER|<image> to keep the deployed image')
param runtime string = 'PYTHON|3.11'

@description('The service raises the alert after this many rejections within this many minutes')
param alertMinutes int = 5
param alertRejections int = 3

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${name}-insights'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
  }
}

resource servers 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: { name: plan }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  properties: {
    serverFarmId: servers.id
    httpsOnly: true
    siteConfig: {
      linuxFxVersion: runtime
      appCommandLine: startsWith(runtime, 'DOCKER|') ? '' : 'python -m gunicorn --config python:api.gunicorn_settings'
      alwaysOn: plan != 'F1'
      healthCheckPath: '/health/ready'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      appSettings: [
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        { name: 'TEXTLAB_API_MODEL', value: model }
        { name: 'TEXTLAB_API_STATE', value: '/tmp/textlab-service' }
        { name: 'TEXTLAB_API_PROXIES', value: '1' }
        { name: 'TEXTLAB_API_HOST', value: '0.0.0.0' }
        { name: 'TEXTLAB_API_PORT', value: '8000' }
        { name: 'TEXTLAB_API_ALERT_MINUTES', value: string(alertMinutes) }
        { name: 'TEXTLAB_API_ALERT_REJECTIONS', value: string(alertRejections) }
        { name: 'WEBSITES_CONTAINER_START_TIME_LIMIT', value: '300' }
        { name: 'WEBSITES_CONTAINER_STOP_TIME_LIMIT', value: '15' } // the default of 5 seconds could cut off requests
        { name: 'SCM_DO_BUILD_DURING_DEPLOYMENT', value: 'true' }
      ]
    }
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${name}-people'
  location: 'global'
  properties: {
    groupShortName: 'textlab'
    enabled: true
    emailReceivers: [{ name: 'mail', emailAddress: mail, useCommonAlertSchema: true }]
  }
}

// The service counts rejections across its workers and raises the event. The rule only looks for the event.
resource alert 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = {
  name: '${name}-misclassification'
  location: location
  properties: {
    displayName: 'Users reject the predictions'
    severity: 2
    enabled: true
    scopes: [insights.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      allOf: [
        {
          query: 'customEvents | where name == "misclassification_alert"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}

output address string = 'https://${app.properties.defaultHostName}'
