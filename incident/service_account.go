package incident

import (
	"context"
)

// administer is define for what only admins may change.
func administer(v Viewer, operation string, common Common, input any) (*change, *checker, error) {
	if err := v.CheckAdmin(); err != nil {
		return nil, nil, err
	}
	return begin(v, operation, common, input)
}

// runAccount carries out a change of a service account. Whatever comes of it,
// nothing that was known of keys before counts on this server afterwards.
func (s *Service) runAccount(
	ctx context.Context, k kind[ServiceAccount, *ServiceAccount], c *change, check *checker, rule func(tx Tx) (ServiceAccount, error),
) (*DefinitionPayload[ServiceAccount], error) {
	defer s.keys.forget()
	return runDefinition(ctx, s, k, c, check, nil, rule)
}

// CreateServiceAccount makes a service account without keys.
func (s *Service) CreateServiceAccount(ctx context.Context, v Viewer, in CreateServiceAccountInput) (*DefinitionPayload[ServiceAccount], error) {
	c, check, err := administer(v, "createServiceAccount", in.Common, in)
	if err != nil {
		return nil, err
	}
	check.newVersion(in.ExpectedVersion)
	a, id := check.account("serviceAccount.", in.ServiceAccount), newID(prefixServiceAccount)
	return s.runAccount(ctx, serviceAccounts, c, check, func(tx Tx) (ServiceAccount, error) {
		return serviceAccounts.create(tx, c, "serviceAccount.", id, a)
	})
}

// UpdateServiceAccount changes what the input sets.
func (s *Service) UpdateServiceAccount(ctx context.Context, v Viewer, in UpdateServiceAccountInput) (*DefinitionPayload[ServiceAccount], error) {
	c, check, err := administer(v, "updateServiceAccount", in.Common, in)
	if err != nil {
		return nil, err
	}
	if in.Name.Set {
		if in.Name.Value == nil {
			check.fail("name", "name cannot be null")
		} else {
			name := check.accountName("name", *in.Name.Value)
			in.Name.Value = &name
		}
	}
	in.Description.Value = check.optional("description", in.Description.Value, MaxDescription)
	if in.Roles.Set {
		in.Roles.Value = check.roles("roles", in.Roles.Value)
	}
	if in.Enabled.Set && in.Enabled.Value == nil {
		check.fail("enabled", "enabled cannot be null")
	}
	return s.runAccount(ctx, serviceAccounts, c, check, func(tx Tx) (ServiceAccount, error) {
		return serviceAccounts.edit(tx, c, "", in.ID, ServiceAccountUpdated, func(a *ServiceAccount) error {
			if in.Name.Set {
				a.Name = *in.Name.Value
			}
			if in.Description.Set {
				a.Description = in.Description.Value
			}
			if in.Roles.Set {
				a.Roles = in.Roles.Value
			}
			if in.Enabled.Set {
				a.Enabled = *in.Enabled.Value
			}
			return nil
		})
	})
}

// DeleteServiceAccount deletes a service account: none of its keys gives access
// any more.
func (s *Service) DeleteServiceAccount(ctx context.Context, v Viewer, in DeleteDefinitionInput) (*DefinitionPayload[ServiceAccount], error) {
	c, check, err := administer(v, "deleteServiceAccount", in.Common, in)
	if err != nil {
		return nil, err
	}
	return s.runAccount(ctx, serviceAccounts, c, check, func(tx Tx) (ServiceAccount, error) {
		return serviceAccounts.edit(tx, c, "", in.ID, ServiceAccountDeleted, func(a *ServiceAccount) error {
			now := tx.Now()
			a.DeletedAt = &now
			return nil
		})
	})
}

// ServiceAccount returns a service account as it is now, also a deleted one; nil
// when there is none.
func (s *Service) ServiceAccount(ctx context.Context, v Viewer, id string) (*ServiceAccount, error) {
	return readDefinition(ctx, s, serviceAccounts, v, id, nil)
}
